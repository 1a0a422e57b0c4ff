import { Column, type IWidget, Row } from 'aws-cdk-lib/aws-cloudwatch';

/** Rows of a dashboard that are made when the app is synthesized, from what has been added until then. */
export class LateWidget implements IWidget {
  readonly #rows: () => IWidget[][];
  #placed: Column | undefined;

  /** CloudWatch's dashboards are this wide. */
  readonly width = 24;

  constructor(rows: () => IWidget[][]) {
    this.#rows = rows;
  }

  get height(): number {
    return this.#make().height;
  }

  position(x: number, y: number): void {
    this.#placed = this.#make();
    this.#placed.position(x, y);
  }

  toJson(): object[] {
    return (this.#placed ?? this.#make()).toJson();
  }

  #make(): Column {
    return new Column(...this.#rows().map((widgets) => new Row(...widgets)));
  }
}

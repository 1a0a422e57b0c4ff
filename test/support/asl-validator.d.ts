/** The package has types only as sources. */
declare module 'asl-validator' {
  export default function aslValidator(definition: object): {
    readonly isValid: boolean;
    errorsText(separator?: string): string;
  };
}

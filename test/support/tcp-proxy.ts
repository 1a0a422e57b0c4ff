import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What becomes of a connection when it has carried so many bytes, or on command. */
export type LineFault =
  /** Both ends are closed in order: a restart, a pooler that drops idle connections. */
  | 'cut'
  /** Both ends get a RST. */
  | 'reset'
  /** A black hole: the connections stay, and not a byte gets through any more. */
  | 'stall';

export interface FaultRule {
  readonly fault: LineFault;
  /** Counted over all connections and both directions, since the rule was set. */
  readonly afterBytes: number;
  /** Hit only the connection whose bytes reach the count; else every connection, and those to come. */
  readonly onlyThat?: boolean;
}

/** A line between a client and a server of ours that can be cut, stalled, reset or made slow while they speak. */
export interface TcpProxy {
  readonly port: number;
  /** Bytes that passed, both ways, since the last rule. */
  readonly bytes: number;
  /** Whether the rule has struck. */
  readonly struck: boolean;
  set(rule: FaultRule | undefined): void;
  /** At once, to every connection. */
  strike(fault: LineFault): void;
  /** Every piece waits for so long; 0 lets the line run free. */
  slowDown(msPerPiece: number): void;
  /** New connections pass, none is faulty any more. Those that stall are closed. */
  heal(): void;
  stop(): Promise<void>;
}

interface Line {
  readonly client: Socket;
  readonly server: Socket;
  stalled: boolean;
}

export async function startTcpProxy(target: { port: number; host?: string }): Promise<TcpProxy> {
  const lines = new Set<Line>();
  let rule: FaultRule | undefined;
  let struck = false;
  let everyoneStalls = false;
  let bytes = 0;
  let msPerPiece = 0;

  const listener = createServer((client) => {
    const server = connect(target.port, target.host ?? '127.0.0.1');
    const line: Line = { client, server, stalled: everyoneStalls };
    lines.add(line);
    forward(line, client, server);
    forward(line, server, client);
    for (const socket of [client, server]) {
      socket.on('error', () => {});
      socket.on('close', () => {
        if (line.stalled) return;
        client.destroy();
        server.destroy();
        lines.delete(line);
      });
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');

  function count(line: Line, piece: Buffer): void {
    bytes += piece.length;
    if (!rule || struck || bytes < rule.afterBytes) return;
    struck = true;
    if (rule.onlyThat === true) apply(line, rule.fault);
    else proxy.strike(rule.fault);
  }

  function forward(line: Line, from: Socket, to: Socket): void {
    from.on('data', (piece) => {
      if (line.stalled) return;
      count(line, piece);
      if (line.stalled || to.destroyed) return;
      const send = () => {
        if (to.destroyed || line.stalled) return;
        if (to.write(piece)) return;
        from.pause();
        to.once('drain', () => from.resume());
      };
      if (msPerPiece === 0) return send();
      from.pause();
      setTimeout(() => {
        from.resume();
        send();
      }, msPerPiece);
    });
  }

  function apply(line: Line, fault: LineFault): void {
    if (fault === 'stall') {
      line.stalled = true;
      return;
    }
    for (const socket of [line.client, line.server]) {
      if (fault === 'reset') socket.resetAndDestroy();
      else socket.destroy();
    }
  }

  const closeAll = () => {
    for (const { client, server } of lines) {
      client.destroy();
      server.destroy();
    }
    lines.clear();
  };

  const proxy: TcpProxy = {
    port: (listener.address() as AddressInfo).port,
    get bytes() {
      return bytes;
    },
    get struck() {
      return struck;
    },
    set(next) {
      rule = next;
      struck = false;
      bytes = 0;
    },
    strike(fault) {
      if (fault === 'stall') everyoneStalls = true;
      for (const line of lines) apply(line, fault);
    },
    slowDown(ms) {
      msPerPiece = ms;
    },
    heal() {
      everyoneStalls = false;
      msPerPiece = 0;
      proxy.set(undefined);
      closeAll();
    },
    async stop() {
      closeAll();
      listener.close();
      await once(listener, 'close');
    },
  };
  return proxy;
}

/** What nodes say of their cluster: the lines of CLUSTER NODES. */

/** A node in the eyes of another one. */
export interface NodeLine {
  readonly id: string;
  /** `host:port` */
  readonly address: string;
  readonly isMyself: boolean;
  readonly isPrimary: boolean;
  /** Neither suspected nor failed nor in a handshake, and connected. */
  readonly isHealthy: boolean;
  /** The id of the primary of a replica. */
  readonly primary: string | undefined;
  /** Its slots as first and last ones. */
  readonly slots: readonly (readonly [number, number])[];
}

/** Reads the reply to CLUSTER NODES. */
export function parseNodes(text: string): NodeLine[] {
  return text.trim().split('\n').map((line) => {
    const [id = '', place = '', flagList = '', primary = '-', , , , linkState, ...slots] = line.trim().split(' ');
    const flags = flagList.split(',');
    const isMyself = flags.includes('myself');
    return {
      id, isMyself,
      address: place.split(/[@,]/)[0] as string,
      isPrimary: flags.includes('master'),
      isHealthy: (isMyself || linkState === 'connected') && !flags.some((flag) => /^(fail\??|handshake|noaddr)$/.test(flag)),
      primary: primary === '-' ? undefined : primary,
      // Slots in migration are in brackets.
      slots: slots.filter((range) => !range.startsWith('[')).map((range) => {
        const [first, last = first] = range.split('-').map(Number);
        return [first as number, last as number] as const;
      }),
    };
  });
}

/** The same text for the same view of who is where and owns what, whoever says it. */
export function fingerprint(lines: readonly NodeLine[]): string {
  return lines
    .map(({ id, address, isPrimary, primary, slots }) => `${id} ${address} ${isPrimary ? slots.join(' ') : `of ${primary}`}`)
    .sort().join('\n');
}

/** How often each command was called, by its name in INFO commandstats, such as `cluster|slots`. */
export function parseCalls(text: string): Map<string, number> {
  return new Map([...text.matchAll(/^cmdstat_(.+?):calls=(\d+)/gm)].map(([, name, calls]) => [name as string, Number(calls)]));
}

/** How often each kind of error was replied, by its first word. */
export function parseErrors(text: string): Map<string, number> {
  return new Map([...text.matchAll(/^errorstat_(.+?):count=(\d+)/gm)].map(([, name, count]) => [name as string, Number(count)]));
}

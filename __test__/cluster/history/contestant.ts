/** What a load needs of a cluster client: the parts of the API that npm redis and oxredis share. */

export interface Chain {
  set(key: string, value: string): Chain;
  get(key: string): Chain;
  incr(key: string): Chain;
  exec(): Promise<unknown>;
}

export interface Contestant {
  get(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  incr(key: string): Promise<unknown>;
  mGet(keys: string[]): Promise<unknown>;
  mSet(values: Record<string, string>): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  multi(): Chain;
}

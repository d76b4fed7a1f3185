import type { CommandParser, RedisArgument } from '../../../wire/command-parser';

/** An item and the number to add to its count. */
export interface Increment {
  item: RedisArgument;
  incrementBy: number;
}

/** Pushes `key item increment …`. */
export const keyAndIncrements = (c: CommandParser, key: RedisArgument, items: Increment | Increment[]): void => {
  c.pushKey(key);
  for (const { item, incrementBy } of Array.isArray(items) ? items : [items]) c.push(item, incrementBy.toString());
};

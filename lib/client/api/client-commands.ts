/** Attaches the built-in commands to clients as methods. */
import { COMMAND_TABLE } from '../../commands';
import { attachCommands, methodMaker, type Invocation } from '../../commands/attach';
import type { CommandEncoder } from '../../wire/encoder';
import type { CommandTarget } from '../run/runner';

/** How commands run on a client. */
export const clientInvocation: Invocation<CommandTarget> = {
  begin: ({ _self: self }) => self._runner.requests.encoding.begin(self._keyPrefix),
  submit: (client, parser, command) => client._self._runner.run(parser as CommandEncoder, command, client._commandOptions),
  refuse: (_client, error) => Promise.reject(error as Error),
};

/** How commands run that change the state of the connection (AUTH, SELECT, QUIT, …). */
const changingInvocation: Invocation<CommandTarget> = {
  ...clientInvocation,
  submit: (client, parser, command) => client._self._runner.runChange(parser as CommandEncoder, command, client._commandOptions),
};

const { auth, clientNoEvict, clientNoTouch, clientSetName, clientTracking, hello, readonly } = COMMAND_TABLE;
const CHANGING = { auth, clientNoEvict, clientNoTouch, clientSetName, clientTracking, hello, readonly };

/** Defines the methods of the built-in commands on the prototype of clients. */
export function attachClientCommands(prototype: object): void {
  attachCommands(prototype, COMMAND_TABLE, methodMaker(clientInvocation));
  attachCommands(prototype, CHANGING, methodMaker(changingInvocation));
}

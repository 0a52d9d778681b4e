'use strict';
// A Backstage backend with all its default services and the plugin of `probe.js`. Its arguments are the id of that
// plugin, `auth` if the auth plugin is to be here too, and Backstage's own `--config FILE`.
//
// It ends when its standard input does, so that it does not outlive whoever started it, however that one ended. The
// line `anchor: started` says that it can be called.

const { createBackend } = require('@backstage/backend-defaults');
const { probe } = require('./probe');

process.stdin.on('end', () => process.exit(0)).resume();

const [pluginId, ...others] = process.argv.slice(2);
const backend = createBackend();
backend.add(probe(pluginId));
if (others.includes('auth')) {
  backend.add(require('@backstage/plugin-auth-backend'));
  backend.add(require('@backstage/plugin-auth-backend-module-guest-provider'));
}
backend.start().then(
  () => console.log('anchor: started'),
  error => {
    console.error(error);
    process.exit(1);
  },
);

'use strict';
// Stands in for better-sqlite3, with what Backstage's query builder asks of it. The real one is native code: it would
// be compiled, or fetched from elsewhere than the registry, on every machine that runs the test. What hangs on a database
// is tested on PostgreSQL; elsewhere the auth plugin and the keys of plugins want one all the same.

const { Database } = require('node-sqlite3-wasm');

const READS = /^\s*(select|pragma|with|values|explain)\b|\breturning\b/i;

module.exports = class {
  #database;

  constructor(filename) {
    this.#database = new Database(filename);
  }

  prepare(sql) {
    return {
      reader: READS.test(sql),
      all: values => this.#database.all(sql, values.map(bindable)),
      run: values => this.#database.run(sql, values.map(bindable)),
    };
  }

  close() {
    this.#database.close();
  }
};

function bindable(value) {
  return value === undefined ? null : value;
}

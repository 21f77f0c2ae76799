/** Preloaded into a process: the packages that ABSENT_PACKAGES names cannot be found, as if they were not installed. */
const Module = require('node:module');

const absent = (process.env.ABSENT_PACKAGES ?? '').split(' ');
const isAbsent = (name) => absent.some((one) => name === one || name.startsWith(`${one}/`));

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (name, ...rest) {
  if (isAbsent(name)) throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' });
  return resolveFilename.call(this, name, ...rest);
};

const hooks = `
  const absent = ${JSON.stringify(absent)};
  export async function resolve(name, context, next) {
    if (absent.some((one) => name === one || name.startsWith(one + '/')))
      throw Object.assign(new Error("Cannot find package '" + name + "'"), { code: 'ERR_MODULE_NOT_FOUND' });
    return next(name, context);
  }`;
Module.register(`data:text/javascript,${encodeURIComponent(hooks)}`);

/**
 * Links each public symbol to an example: a file of examples/ that imports it or its namespace, or a symbol with an example that
 * leads to it by its signature. One that has neither, nor an `@example` of its own, nor a `{@link}` to one that has, fails the
 * build.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Comment, CommentTag, Converter, ReflectionKind } from 'typedoc';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'examples');

/** The examples that import each name, by `library.name`. */
function importedNames() {
  const found = new Map();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts'))) {
    const text = readFileSync(join(folder, file), 'utf8');
    for (const [, names, library] of text.matchAll(/import \{([^}]*)\} from '(atelier(?:\/graphs)?)'/g))
      for (const name of names.split(',').map((one) => one.replace(/^\s*type\s/, '').trim())) {
        if (name === '') continue;
        const key = `${library}.${name}`;
        found.set(key, [...(found.get(key) ?? []), file]);
      }
  }
  return found;
}

/** The symbols of a library, those that stand in a namespace of it included. */
function symbolsOf(module) {
  return (module.children ?? []).flatMap((child) =>
    child.kind === ReflectionKind.Namespace ? [{ symbol: child }, ...inNamespace(child)] : [{ symbol: child }],
  );
}

function inNamespace(namespace) {
  return (namespace.children ?? []).map((symbol) => ({ symbol, namespace }));
}

function commentsOf(symbol) {
  return [symbol.comment, ...(symbol.signatures ?? []).map(({ comment }) => comment)].filter(Boolean);
}

/** What a symbol's text links to. */
function linksOf(symbol) {
  return commentsOf(symbol).flatMap(({ summary }) => summary.flatMap(({ target }) => target?.id ?? []));
}

/** Where a type leads: the targets of all references in what TypeDoc writes of a symbol. */
function targetsOf(value, into = new Set()) {
  if (Array.isArray(value)) for (const one of value) targetsOf(one, into);
  else if (typeof value === 'object' && value !== null) {
    if (typeof value.target === 'number') into.add(value.target);
    for (const one of Object.values(value)) targetsOf(one, into);
  }
  return into;
}

export function load(app) {
  const link = ({ project }) => {
    const examples = importedNames();
    const modules = project.getChildrenByKind(ReflectionKind.Module);
    const symbols = modules.flatMap((module) => symbolsOf(module).map((one) => ({ ...one, module })));
    const byId = new Map(symbols.map((one) => [one.symbol.id, one]));
    const seen = new Map();
    for (const { module, symbol, namespace } of symbols) {
      const files = examples.get(`${module.name}.${namespace?.name ?? symbol.name}`);
      if (files)
        seen.set(
          symbol.id,
          files.map((file) => ({ kind: 'text', text: `[examples/${file}](../../../../examples/${file})` })),
        );
      else if (commentsOf(symbol).some((comment) => comment.getTag('@example'))) seen.set(symbol.id, []);
    }
    // What signatures lead to, step by step.
    for (const queue = [...seen.keys()]; queue.length > 0; ) {
      const from = byId.get(queue.shift());
      if (!from) continue;
      for (const target of targetsOf(app.serializer.toObject(from.symbol))) {
        if (!byId.has(target) || seen.has(target)) continue;
        seen.set(target, [{ kind: 'inline-tag', tag: '@link', text: from.symbol.name, target: from.symbol }]);
        queue.push(target);
      }
    }
    for (let more = true; more; ) {
      const linked = symbols.filter(({ symbol }) => !seen.has(symbol.id) && linksOf(symbol).some((id) => seen.has(id)));
      for (const { symbol } of linked) seen.set(symbol.id, []);
      more = linked.length > 0;
    }
    for (const { module, symbol } of symbols) {
      const links = seen.get(symbol.id);
      // A name that stands for a symbol which stands elsewhere, or a namespace, has no page with text of its own.
      const isName =
        symbol.isReference() || symbol.kind === ReflectionKind.Namespace || module !== byId.get(symbol.id)?.module;
      if (links === undefined && !isName)
        app.logger.error(
          `'${symbol.name}' of ${module.name} has no example: use it in a file of examples/, or give it an @example`,
        );
      if (!links || links.length === 0 || isName) continue;
      const holder = symbol.signatures?.[0] ?? symbol;
      holder.comment ??= new Comment();
      const content = links.flatMap((link, i) => (i === 0 ? [link] : [{ kind: 'text', text: ', ' }, link]));
      holder.comment.blockTags.push(new CommentTag('@see', content));
    }
  };
  // After links have found what they name.
  app.converter.on(Converter.EVENT_RESOLVE_END, link, -1000);
}

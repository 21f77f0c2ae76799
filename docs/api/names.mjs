/** Modules are called as programs import them. */
import { Converter, ReflectionKind } from 'typedoc';

const names = { src: 'atelier', 'src/index': 'atelier', graphs: 'atelier/graphs', 'graphs/index': 'atelier/graphs' };

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getChildrenByKind(ReflectionKind.Module))
      module.name = names[module.name] ?? module.name;
  });
}

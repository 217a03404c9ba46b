import { QmpError } from '../base/errors.ts';
import type { Machine } from '../machine/machine.ts';
import { memory, memoryBackend } from '../machine/properties.ts';
import { JsonVisitor } from '../qom/visitor.ts';
import { MemoryBackend } from './memory-backend.ts';

/**
 * What a machine's memory comes from: the backend that the user has named, else one of its own.
 * @param id of its own one
 * @throws QmpError
 */
export function ramBackend(machine: Machine, id: string): MemoryBackend {
  const backend = machine.value(memoryBackend) ?? makeBackend(machine, id);
  if (!(backend instanceof MemoryBackend)) throw new QmpError(`${backend.path} is not a memory backend`);
  backend.user = machine;
  return backend;
}

function makeBackend(machine: Machine, id: string): MemoryBackend {
  const backend = new MemoryBackend(machine.type.registry.require('memory-backend-ram'));
  backend.setProperty('size', new JsonVisitor(machine.value(memory).size));
  machine.system.children.get('objects')?.addChild(id, backend);
  backend.complete(machine.system);
  machine.setValue(memoryBackend, backend);
  return backend;
}

import assert from 'node:assert/strict';
import { CommandError, type Qmp } from '../helpers/wire.ts';

/** The table of a host bridge's default window. */
export async function tableOf(qmp: Qmp, phb = 0) {
  const tables = await qmp.execute('x-query-tce-tables');
  const found = tables.find(table => table.phb === phb);
  assert(found !== undefined);
  return found;
}

/** Every container, whatever its address space. */
export async function containersOf(qmp: Qmp) {
  const { 'address-spaces': spaces } = await qmp.execute('x-query-vfio');
  return spaces.flatMap(space => space.containers);
}

/** The first mappings that the host has in a container. */
export async function mappingsOf(qmp: Qmp, container = 0) {
  return (await qmp.execute('x-query-vfio-mappings', { container })).mappings;
}

export async function assertConsistent(qmp: Qmp): Promise<void> {
  assert.deepEqual(await qmp.execute('x-vfio-audit'), { consistent: true, differences: [] });
}

/** All that can be asked about a machine and its host. */
export async function everythingOf(qmp: Qmp) {
  const [answers, tree] = await Promise.all([answersOf(qmp), wholeTree(qmp)]);
  return { ...answers, tree };
}

/** The same without the tree. */
export async function answersOf(qmp: Qmp) {
  const [host, vfio, tables, pci] = await Promise.all([
    qmp.execute('x-query-host'),
    qmp.execute('x-query-vfio'),
    tablesOf(qmp),
    qmp.execute('query-pci'),
  ]);
  return { host, vfio, tables, pci };
}

/** Every table; none on a machine that has no such thing. */
async function tablesOf(qmp: Qmp) {
  try {
    return await qmp.execute('x-query-tce-tables');
  } catch (error) {
    if (error instanceof CommandError && error.desc === 'This command needs a pseries machine') return [];
    throw error;
  }
}

/** Every member of the composition tree. */
async function wholeTree(qmp: Qmp, path = '/machine'): Promise<string[]> {
  const members = await qmp.execute('qom-list', { path });
  const lines = members.map(({ name, type }) => `${path}/${name}: ${type}`);
  const children = members.filter(({ type }) => type.startsWith('child<'));
  const below = await Promise.all(children.map(({ name }) => wholeTree(qmp, `${path}/${name}`)));
  return [...lines, ...below.flat()];
}

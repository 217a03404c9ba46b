/** Names in generated TypeScript that are not taken over from the documents as they are. */

/** `qom-list` → `QomListArguments` */
export function argumentsTypeName(command: string): string {
  return `${pascalCase(command)}Arguments`;
}

/** `DEVICE_DELETED` → `DeviceDeletedData` */
export function dataTypeName(event: string): string {
  return `${pascalCase(event.toLowerCase())}Data`;
}

function pascalCase(name: string): string {
  return name
    .split(/[-_]/)
    .map(word => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

/** A key of an object literal, quoted where needed. */
export function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`;
}

import { QomObject } from '../qom/object.ts';
import { aliasProperty, type Property } from '../qom/property.ts';
import type { QomType } from '../qom/type.ts';
import type { DrConnector } from './dr-connector.ts';
import { type DrConnectors, drcName } from './dr-connectors.ts';

/** `/dr-connector`: every connector of the machine under its index, in hexadecimal. */
export class DrConnectorIndex extends QomObject {
  constructor(
    type: QomType,
    private readonly connectors: DrConnectors,
  ) {
    super(type);
  }

  override get keptOrder(): readonly string[] {
    return this.connectors.names;
  }

  override property(name: string): Property | undefined {
    const connector = /^[1-9a-f][0-9a-f]*$/.test(name)
      ? this.connectors.get(Number.parseInt(name, 16))
      : undefined;
    return connector === undefined ? super.property(name) : entry(connector);
  }

  /** Made when somebody looks: there are hundreds, and they come and go with their bridges. */
  override *properties(): Generator<Property> {
    yield* super.properties();
    for (const { index, type } of this.connectors.all())
      yield { name: drcName(index), type: `link<${type}>`, target: () => this.connectors.get(index) };
  }
}

function entry({ index, name, parent }: DrConnector): Property {
  if (parent === undefined) throw new Error(`connector ${index} is in no tree`);
  return aliasProperty(drcName(index), parent, name);
}

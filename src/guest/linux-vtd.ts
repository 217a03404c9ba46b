import { PciConfig } from './pci-config.ts';
import type { DmaRemapping, IommuPolicy, PciPlace, PcPlatform } from './platform.ts';

/** Domain 0 is the hardware's, where it caches what is not present (Intel VT-d, 6.1: caching mode). */
const FIRST_DOMAIN = 1;
const LAST_ADDRESS = 2n ** 64n - 1n;

/** At start: has the remapping hardware translate, if that is what the guest does. */
export function startRemapping(platform: PcPlatform, policy: IommuPolicy): void {
  const remapping = platform.remapping();
  if (policy === 'off' || remapping?.canTranslate !== true) return;
  adoptFunctions(platform, remapping, policy);
  remapping.translation = true;
}

/** Functions have come or gone: the new ones get a context, those of the others are removed. */
export function refreshContexts(platform: PcPlatform, policy: IommuPolicy): void {
  const remapping = platform.remapping();
  if (remapping?.translation === true) adoptFunctions(platform, remapping, policy);
}

/**
 * The domain in whose addresses a function does DMA, made if there is none. Translation is switched on by
 * that; where it was not, other functions go on as before.
 */
export function domainFor(platform: PcPlatform, remapping: DmaRemapping, place: PciPlace): number {
  if (!remapping.translation) adoptFunctions(platform, remapping, 'pass-through');
  const domain = domainOf(remapping, place) ?? newDomain(remapping);
  remapping.setContext(remapping.requesterOf(place), { kind: 'translated', domain });
  remapping.invalidateContexts();
  remapping.translation = true;
  return domain;
}

/** The domain that a function has, if it has one. */
export function domainOf(remapping: DmaRemapping, place: PciPlace): number | undefined {
  const context = remapping.context(remapping.requesterOf(place));
  return context?.kind === 'translated' ? context.domain : undefined;
}

function adoptFunctions(platform: PcPlatform, remapping: DmaRemapping, policy: IommuPolicy): void {
  const present = new Set<string>();
  for (const place of new PciConfig(platform).functions()) {
    const source = remapping.requesterOf(place);
    present.add(name(source));
    if (remapping.context(source) !== undefined) continue;
    if (policy === 'translated' || !remapping.canPassThrough)
      remapping.setContext(source, { kind: 'translated', domain: newDomain(remapping) });
    else remapping.setContext(source, { kind: 'pass-through' });
  }
  for (const [source] of remapping.contexts)
    if (!present.has(name(source))) remapping.setContext(source, undefined);
  remapping.invalidateContexts();
}

/** A domain that no function is in, with an empty page table, whatever was in one of its number before. */
function newDomain(remapping: DmaRemapping): number {
  const used = new Set(
    remapping.contexts.map(([, entry]) => (entry.kind === 'translated' ? entry.domain : 0)),
  );
  let domain = FIRST_DOMAIN;
  while (used.has(domain)) domain++;
  for (const page of [...remapping.pages(domain, 0n, LAST_ADDRESS)])
    remapping.writeEntry(domain, { ...page, low: 0, high: 0 });
  return domain;
}

function name({ bus, devfn }: PciPlace): string {
  return `${bus}:${devfn}`;
}

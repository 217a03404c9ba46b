import { GuestControl } from '../guest/control.ts';
import { LinuxGuest } from '../guest/linux.ts';
import { GUEST_MODELS, guestModel } from '../guest/models.ts';
import { IOMMU_POLICIES, type IommuPolicy, UNPLUG_ANSWERS, type UnplugAnswer } from '../guest/platform.ts';
import type { GuestRequest } from './configuration.ts';
import { CliError } from './errors.ts';

/** The guest that `-guest MODEL[,unplug=ANSWER][,delay-ms=N][,iommu=POLICY]` asks for. @throws CliError */
export function readGuestControl(request: GuestRequest | undefined): GuestControl {
  if (request === undefined) return new GuestControl(new LinuxGuest());
  const { location, properties } = request;
  const model = guestModel(request.model);
  if (model === undefined) {
    const known = GUEST_MODELS.join(', ');
    throw CliError.at(location, `unknown guest model '${request.model}', known ones are: ${known}`);
  }
  const control = new GuestControl(model);
  for (const { name, value } of properties) {
    switch (name) {
      case 'unplug':
        if (!isAnswer(value))
          throw CliError.at(location, `Parameter 'unplug' does not accept value '${value}'`);
        control.change({ unplug: value });
        break;
      case 'delay-ms':
        if (!/^\d{1,9}$/.test(value)) throw CliError.at(location, "Parameter 'delay-ms' expects a number");
        control.change({ delayMs: Number(value) });
        break;
      case 'iommu':
        if (!isPolicy(value))
          throw CliError.at(location, `Parameter 'iommu' does not accept value '${value}'`);
        control.iommu = value;
        break;
      default:
        throw CliError.at(location, `Invalid parameter '${name}'`);
    }
  }
  return control;
}

function isPolicy(value: string): value is IommuPolicy {
  return IOMMU_POLICIES.some(policy => policy === value);
}

function isAnswer(value: string): value is UnplugAnswer {
  return UNPLUG_ANSWERS.some(answer => answer === value);
}

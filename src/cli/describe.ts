import { CliError, type HelpTopic } from './errors.ts';

/** Help that depends on the models: machine and device types. */
export function describe(topic: HelpTopic): string {
  switch (topic.about) {
    case 'machines':
      return [
        'Supported machines are:',
        'pseries              pSeries Logical Partition (PAPR compliant) (alias of pseries-7.2)',
        'pseries-7.2          pSeries Logical Partition (PAPR compliant) (default)',
        '',
      ].join('\n');
    case 'accelerators':
      return 'Accelerators supported in QEMU binary:\nkvm\ntcg\nqtest\n';
    default:
      throw CliError.at(undefined, `no help about ${topic.about}`);
  }
}

import type { CpuDefinitionInfo } from '../generated/types.ts';

/** Names that stand for a model, `name=model`, in QEMU's order. */
const ALIASES =
  'ppc=604 ppc32=604 ppc64=970fx_v3.1 power10=power10_v2.0 power9=power9_v2.0 power8nvl=power8nvl_v1.0 ' +
  'power8=power8_v2.0 power8e=power8e_v2.1 power7+=power7+_v2.1 power7=power7_v2.3 power5gs=power5+_v2.1 ' +
  'power5+=power5+_v2.1 970mp=970mp_v1.1 970fx=970fx_v3.1 970=970_v2.2 apollo7pm=7457a_v1.0 7457a=7457a_v1.2 ' +
  '7447a=7447a_v1.2 apollo7=7457_v1.2 7457=7457_v1.2 7447=7447_v1.1 apollo6=7455_v3.2 7455=7455_v3.2 ' +
  '7445=7445_v3.2 7451=7451_v2.3 7441=7441_v2.3 vger=7450_v2.1 7450=7450_v2.1 7448=7448_v2.1 nitro=7410_v1.4 ' +
  '7410=7410_v1.4 g4=7400_v2.9 7400=7400_v2.9 goldfinger=755_v2.8 755=755_v2.8 745=745_v2.8 lonestar=750l_v3.2 ' +
  '750l=750l_v3.2 750gx=750gx_v1.2 750fx=750fx_v2.3 750cxe=750cxe_v3.1b 750cx=750cx_v2.2 750cl=750cl_v2.0 ' +
  'conan/doyle=750p g3=750_v3.1 typhoon=750_v3.1 750=750_v3.1 arthur=740_v3.1 740=740_v3.1 mach5=604r ' +
  'sirocco=604e_v2.4 604e=604e_v2.4 goldeneye=603e7t 603r=603e7t vaillant=603e7v stretch=603e_v4.1 ' +
  '603e=603e_v4.1 vanilla=603 mpc8560=mpc8560_v21 mpc8555e=mpc8555e_v11 mpc8555=mpc8555_v11 ' +
  'mpc8548e=mpc8548e_v21 mpc8548=mpc8548_v21 mpc8547e=mpc8547e_v21 mpc8545e=mpc8545e_v21 mpc8545=mpc8545_v21 ' +
  'mpc8544e=mpc8544e_v11 mpc8544=mpc8544_v11 mpc8543e=mpc8543e_v21 mpc8543=mpc8543_v21 mpc8541e=mpc8541e_v11 ' +
  'mpc8541=mpc8541_v11 mpc8540=mpc8540_v21 mpc8533e=mpc8533e_v11 mpc8533=mpc8533_v11 e500v2=e500v2_v22 ' +
  'e500v1=e500_v20 e500=e500v2_v22 mpc8347ea=mpc8347eat mpc8347e=mpc8347et mpc8347a=mpc8347at mpc8347=mpc8347t ' +
  'e300=e300c3 e200=e200z6 mpc8280=g2legp3 mpc8275=g2legp3 mpc8272=g2legp3 mpc8271=g2legp3 mpc8270=g2legp3 ' +
  'mpc8266_hip4=g2hip4 mpc8266_hip3=g2hip3 mpc8266=g2hip4 mpc8265_hip4=g2hip4 mpc8265_hip3=g2hip3 ' +
  'mpc8265=g2hip4 mpc8264_hip4=g2hip4 mpc8264_hip3=g2hip3 mpc8264=g2hip4 mpc8260_hip4=g2hip4 ' +
  'mpc8260_hip3=g2hip3 mpc8260=g2hip4 mpc8255_hip4=g2hip4 mpc8255_hip3=g2hip3 mpc8255=g2hip4 ' +
  'mpc8250_hip4=g2hip4 mpc8250_hip3=g2hip3 mpc8250=g2hip4 mpc8248=g2legp3 mpc8247=g2legp3 mpc8245=g2hip4 ' +
  'mpc8241=g2hip4 powerquicc-ii=g2legp3 mpc82xx=g2legp3 mpc5200b=mpc5200b_v21 mpc5200=mpc5200_v12 ' +
  'mpc52xx=mpc5200_v12 mpc8240=603 460ex=460exb 440ep=440epb x2vp50=x2vp20 x2vp7=x2vp4 405gpe=405crc ' +
  '405gp=405gpd 405cr=405crc 405=405d4';

/** All models of the 64-bit PowerPC emulator, in QEMU's order; a pseries machine can have only some of them. */
const MODELS =
  'mpc8548e_v21 604e_v2.2 7447a_v1.0 mpc8347eat 750fx_v2.0 mpc8543e_v20 405lp 7410_v1.0 755_v1.0 npe4gs3 ' +
  '740_v2.0 740e g2ls 7445_v1.0 7447a_v1.1 750fx_v2.1 mpc8543e_v10 mpc8543e_v21 405cra g2gp 750gx_v1.0 ' +
  '7410_v1.1 755_v1.1 604e_v2.4 740_v2.1 power8nvl_v1.0 7447a_v1.2 750fx_v2.2 750cxe_v2.1 mpc8377 e500v2_v30 ' +
  'mpc8543e_v11 750cl_v1.0 405crb 750gx_v1.1 750l_v3.0 7410_v1.2 power8_v2.0 970fx_v2.0 740_v2.2 mpc8547e_v20 ' +
  'stb25 750fx_v2.3 750cxe_v2.2 mpc8378 e200z5 7457a_v1.0 mpc8544e_v10 750gx_v1.2 7410_v1.3 405crc 970fx_v2.1 ' +
  'mpc8347ap 750_v2.0 mpc8547e_v21 mpc8610 750cxe_v2.3 mpc8379 e200z6 mpc8349a 7457a_v1.1 mpc8544e_v11 ' +
  '750l_v3.2 7410_v1.4 750cx_v2.0 e600 mpc603 440-xilinx power9_v2.0 750_v2.1 mpc5200_v10 power10_v2.0 ' +
  'power7+_v2.1 750cxe_v2.4 405gpr 970_v2.2 405d2 mpc5200b_v20 7457a_v1.2 7447_v1.0 750cx_v2.1 7445_v3.2 ' +
  '7400_v2.0 7450_v1.0 mpc8567 603e7 405ep 750_v2.2 mpc5200_v11 440-xilinx-w-dfpu mpc8548e_v10 mpc8540_v20 ' +
  'mpc8378e 603e_v3 750p mpc8545_v20 740_v1.0 mpc5200b_v21 g2legp 7447_v1.1 750cx_v2.2 7445_v3.3 7400_v2.1 ' +
  '7450_v1.1 mpc8568 e500mc 745_v2.1 mpc8567e mpc5200_v12 g2le mpc8377e mpc8540_v21 603e_v4 mpc8548e_v11 ' +
  'mpc8545_v21 mpc8343 405d4 mpc8343ea mpc8347ep 7445_v3.4 mpc8543_v20 npe405h 7400_v2.2 mpc8548_v20 745_v2.2 ' +
  '603e_v1.1 7448_v1.0 7450_v1.2 mpc8347at 750gl 604r mpc8349e g2legp1 g2h4 405gpa e5500 mpc8543_v21 7457_v1.0 ' +
  '7455_v3.2 npe405h2 mpc8548_v21 603e_v1.2 745_v2.3 7448_v1.1 755_v2.0 mpc8349ea mpc8555e_v10 750fl mpc8343a ' +
  '740_v3.0 750cxe_v2.4b 750cxe_v3.0 stb03 405gpb e500v2_v20 7457_v1.1 g2 7455_v3.3 mpc8541_v10 745_v2.4 ' +
  '603e_v1.3 power7_v2.3 604e_v1.0 755_v2.1 mpc8555e_v11 740_v3.1 970mp_v1.0 440epa 750cxe_v3.1 stb04 g2legp3 ' +
  'x2vp20 405gpc 7455_v1.0 e500v2_v10 e500v2_v21 7457_v1.2 7455_v3.4 mpc8541_v11 mpc8560_v20 745_v2.5 603e_v1.4 ' +
  '755_v2.2 mpc8544_v10 970mp_v1.1 7400_v1.0 440epb 745_v1.0 405gpd mpc8347et npe405l 7400_v2.6 mpc8560_v10 ' +
  'e500v2_v22 mpc8560_v21 603e7t 745_v2.6 755_v2.3 740p 603e_v4.1 750_v3.0 mpc8544_v11 750fx_v1.0 mpc8572e ' +
  'g2lels 745_v1.1 7400_v2.7 mpc8533_v10 power5+_v2.1 745_v2.7 755_v2.4 mpc8343e e300c1 750_v3.1 440epx mpc8349 ' +
  '603p mpc8572 mpc8540_v10 7400_v2.8 mpc8533_v11 745_v2.8 7441_v2.10 7450_v2.0 603e7v 755_v2.5 e300c2 mpc8347p ' +
  '7441_v2.1 e500_v20 750l_v2.0 7400_v2.9 970fx_v1.0 750cxr 7450_v2.1 755_v2.6 e300c3 mpc8543_v10 mpc8548_v10 ' +
  '750cxe_v3.1b e500_v10 750e 750l_v2.1 power8e_v2.1 g2hip3 755_v2.7 405ez mpc8543_v11 750_v1.0 e300c4 ' +
  'mpc8555_v10 7441_v2.3 mpc8641 mpc8548_v11 x2vp4 7448_v2.0 mpc8347eap 750l_v2.2 750cx_v1.0 7445_v2.1 g2hip4 ' +
  '755_v2.8 mpc8541e_v10 750cl_v2.0 603e_v2.2 power9_v1.0 7448_v2.1 mpc8555_v11 power10_v1.0 7451_v2.10 460exb ' +
  '970fx_v3.0 603 mpc8541e_v11 mpc8347t 603e7v1 970fx_v3.1 mpc8533e_v10 604 mpc8641d mpc8545e_v20 7400_v1.1 ' +
  'mpc8548e_v20 603e7v2 mpc8379e 7451_v2.3 e6500 mpc8533e_v11 745_v2.0 mpc8568e mpc8545e_v21 7455_v2.1';

/** What `query-cpu-definitions` answers. For a model itself, unlike for an alias, QEMU names no type. */
export function cpuDefinitions(): readonly CpuDefinitionInfo[] {
  const entry = (name: string, typename: string) => ({ name, typename, static: false, deprecated: false });
  return [
    ...ALIASES.split(' ').map(pair => {
      const [name = '', model = ''] = pair.split('=');
      return entry(name, `${model}-powerpc64-cpu`);
    }),
    ...MODELS.split(' ').map(name => entry(name, '')),
  ];
}

/** Whether the emulator knows a processor by this name, whatever the case of the letters. */
export function isCpuModel(name: string): boolean {
  const names = [...ALIASES.split(' ').map(pair => pair.split('=')[0]), ...MODELS.split(' ')];
  return names.includes(name.toLowerCase());
}

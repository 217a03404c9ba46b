/**
 * Every operation of the simulated kernel that can be told to fail, by the name the kernel gives it
 * (linux/vfio.h, linux/kvm.h). Opening a file is `open:` and its path, with `N` for a group's number.
 */
export const HOST_OPERATIONS = [
  'open:/dev/vfio/vfio',
  'open:/dev/vfio/N',
  'open:/dev/kvm',
  'VFIO_GET_API_VERSION',
  'VFIO_CHECK_EXTENSION',
  'VFIO_SET_IOMMU',
  'VFIO_GROUP_GET_STATUS',
  'VFIO_GROUP_SET_CONTAINER',
  'VFIO_GROUP_UNSET_CONTAINER',
  'VFIO_GROUP_GET_DEVICE_FD',
  'VFIO_DEVICE_GET_INFO',
  'VFIO_DEVICE_GET_REGION_INFO',
  'VFIO_DEVICE_GET_IRQ_INFO',
  'VFIO_DEVICE_SET_IRQS',
  'VFIO_DEVICE_RESET',
  'VFIO_IOMMU_GET_INFO',
  'VFIO_IOMMU_MAP_DMA',
  'VFIO_IOMMU_UNMAP_DMA',
  'VFIO_IOMMU_ENABLE',
  'VFIO_IOMMU_DISABLE',
  'VFIO_IOMMU_SPAPR_TCE_GET_INFO',
  'VFIO_IOMMU_SPAPR_REGISTER_MEMORY',
  'VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY',
  'VFIO_IOMMU_SPAPR_TCE_CREATE',
  'VFIO_IOMMU_SPAPR_TCE_REMOVE',
  'VFIO_EEH_PE_OP',
  'KVM_CREATE_SPAPR_TCE',
  'KVM_CREATE_SPAPR_TCE_64',
  'KVM_CREATE_DEVICE',
  'KVM_DEV_VFIO_GROUP_ADD',
  'KVM_DEV_VFIO_GROUP_DEL',
  'KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE',
] as const;

export type HostOperation = (typeof HOST_OPERATIONS)[number];

export function isHostOperation(name: string): name is HostOperation {
  return HOST_OPERATIONS.some(operation => operation === name);
}

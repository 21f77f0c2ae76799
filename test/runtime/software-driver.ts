/** SwiftShader, the Vulkan driver in software that comes with Debian's chromium. */
export const softwareDriver = '/usr/lib/chromium/vk_swiftshader_icd.json';

const variables = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'] as const;

/** The settings that make it the only Vulkan driver of a process, as `env` takes them. */
export const driverSettings: readonly string[] = variables.map((name) => `${name}=${softwareDriver}`);

/**
 * Makes it the driver of this process. The Vulkan loader reads the variables when the first session on webgpu is made; each
 * test file has a process of its own.
 */
export function useSoftwareDriver(): void {
  for (const name of variables) process.env[name] = softwareDriver;
}

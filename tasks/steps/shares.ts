/**
 * CPU requests of the steps that need much of it. While there is too little, they share it in this ratio. Tests and analysis are the longest way from a
 * push to its release, and building and scanning the image fit beside them.
 */
export const cpuOf = { longestWay: '400m', besideIt: '100m' };

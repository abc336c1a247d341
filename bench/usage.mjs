// Loaded into the measured process: at its end it writes what the operating system says that it used.
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  if (process.env.BENCH_USAGE)
    writeFileSync(
      process.env.BENCH_USAGE,
      JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMb: maxRSS / 1024 }),
    );
});

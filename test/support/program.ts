/** The program as bin/run.mjs starts it: what is tested is what runs. */
import { packedProgram } from '../../bin/packed-program.mjs';

export const PROGRAM: string = packedProgram(process.execPath);

/** The little we use of the `espeak-ng` package, which ships no types: the espeak command line, as one WASM run. */
declare module 'espeak-ng' {
  interface EspeakModule {
    readonly FS: {
      writeFile(path: string, data: string | Uint8Array): void;
      readFile(path: string): Uint8Array;
    };
  }
  interface EspeakOptions {
    readonly arguments: readonly string[];
    readonly preRun: readonly ((module: EspeakModule) => void)[];
    readonly print: (line: string) => void;
    readonly printErr: (line: string) => void;
    /** Instead of reading and compiling the 18 MB again: hands over an instance, later. What it returns is ignored. */
    readonly instantiateWasm: (
      imports: WebAssembly.Imports,
      succeed: (instance: WebAssembly.Instance) => void,
    ) => object;
  }
  /** Runs the command once and resolves with the module, whose file system holds what it wrote. */
  const run: (options: EspeakOptions) => Promise<EspeakModule>;
  export default run;
}

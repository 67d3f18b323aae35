package wasm

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	goruntime "runtime"
	"time"

	"github.com/rs/zerolog"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/internal/image"
)

// Options says what a runtime may use.
type Options struct {
	CacheDir     string // where native code is kept, private to this user; "": nowhere
	Compilers    int    // modules compiled at a time, at least 1
	MaxModule    int64  // bytes of a module; 0: any
	MaxFunctions int    // functions in a module; 0: any
	Log          zerolog.Logger
}

// Runtime compiles modules and owns what their instances share. It is safe for
// concurrent use.
type Runtime struct {
	options   Options
	engine    wazero.Runtime
	cache     wazero.CompilationCache // nil: none
	archive   *archive                // nil: none
	config    wazero.ModuleConfig
	compilers chan struct{} // a slot each
	opened    time.Time     // where the monotonic clock of functions begins

	startLimit   time.Duration // of a start function and _initialize
	compileLimit time.Duration // of one module
	takeImage    func(image.Contents) (*image.Image, error)
}

// compileLimit is far beyond what an honest module needs: 3 MB of Go take two
// seconds.
const compileLimit = 2 * time.Minute

// Open returns a runtime. The caller closes it after its modules and their
// instances.
func Open(ctx context.Context, o Options) (*Runtime, error) {
	if o.Compilers < 1 {
		return nil, errors.New("a runtime needs at least one compiler")
	}
	r := &Runtime{
		options:   o,
		compilers: make(chan struct{}, o.Compilers),
		opened:    time.Now(),

		startLimit:   startLimit,
		compileLimit: compileLimit,
		takeImage:    image.NewLibrary().Take,
		// Without a source of random bytes wazero makes one for each instance,
		// of 5 KB. Nobody reads it: random_get is ours.
		config: wazero.NewModuleConfig().WithName("").WithStartFunctions().WithRandSource(crand.Reader),
	}
	config := engineConfig()
	if o.CacheDir != "" {
		cache, err := openCache(o.CacheDir)
		if err != nil {
			return nil, err
		}
		if r.archive, err = openArchive(o.CacheDir, r.compile); err != nil {
			return nil, errors.Join(fmt.Errorf("open the archive of modules: %w", err), cache.Close(ctx))
		}
		r.cache = cache
		config = config.WithCompilationCache(cache)
	}
	r.engine = wazero.NewRuntimeWithConfig(ctx, config)
	for _, h := range hosts() {
		if err := h.provide(ctx, r.engine); err != nil {
			return nil, errors.Join(err, r.Close())
		}
	}
	return r, nil
}

// features are what modules may use: WebAssembly 2.0, tail calls and extended
// constants. Exceptions stay off: wazero v1.12.0 corrupts locals with them.
const features = api.CoreFeaturesV2 | experimental.CoreFeaturesTailCall | experimental.CoreFeaturesExtendedConst

func engineConfig() wazero.RuntimeConfig {
	return wazero.NewRuntimeConfig().WithCoreFeatures(features).WithDebugInfoEnabled(false)
}

// openCache makes dir private before anything is written to it: who can write
// native code there can run it in this process.
func openCache(dir string) (wazero.CompilationCache, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the compilation cache: %w", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the compilation cache private: %w", err)
	}
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return nil, fmt.Errorf("open the compilation cache: %w", err)
	}
	return cache, nil
}

// compile turns wasm into native code once there is a slot. The time it may
// take is bounded, since a module can be made so that it takes very long.
func (r *Runtime) compile(ctx context.Context, engine wazero.Runtime, wasm []byte) (wazero.CompiledModule, error) {
	select {
	case r.compilers <- struct{}{}:
		defer func() { <-r.compilers }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a compiler: %w", context.Cause(ctx))
	}
	late := fault.New(fault.ModuleTooLarge, "the module takes more than %v to compile", r.compileLimit).
		WithHint("Drop what it does not need, or split it into functions of their own.")
	ctx, cancel := context.WithTimeoutCause(ctx, r.compileLimit, late)
	defer cancel()
	compiled, err := engine.CompileModule(experimental.WithCompilationWorkers(ctx, r.workers()), wasm)
	switch {
	case err == nil:
		return compiled, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("compile the module: %w", context.Cause(ctx))
	case isOfFiles(err):
		return nil, fmt.Errorf("compile the module: its native code can't be kept: %w", err)
	}
	return nil, fault.Wrap(fault.BadModule, err, "the module is not valid: %v", err).
		WithHint("Build it again and upload the whole file; the bytes are damaged or their producer has a bug.")
}

// isOfFiles reports whether a compilation failed at the cache on disk.
func isOfFiles(err error) bool {
	_, ok := errors.AsType[*fs.PathError](err)
	return ok
}

// workers is how many goroutines a compiler uses. A single one would not look
// at its context.
func (r *Runtime) workers() int { return max(2, goruntime.GOMAXPROCS(0)/r.options.Compilers) }

// Close frees what the runtime shares among instances. No instance may run any
// more.
func (r *Runtime) Close() error {
	ctx := context.Background()
	err := r.engine.Close(ctx)
	if r.cache != nil {
		err = errors.Join(err, r.cache.Close(ctx))
	}
	return err
}

// yield lets other goroutines run: native code cannot be preempted.
func yield() { goruntime.Gosched() }

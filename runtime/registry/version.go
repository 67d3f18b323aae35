package registry

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"time"

	"github.com/postern-dev/postern/abi/fault"
)

// Version is an app as it was deployed once. App, Manifest and Modules come
// from the caller of Deploy, the rest from the registry.
type Version struct {
	App       string
	Digest    string            // VersionDigest of Manifest and Modules
	Manifest  []byte            // as it was uploaded
	Modules   map[string]string // function name to module digest
	Created   time.Time         // when it was deployed first
	Activated time.Time         // when it last went into service
	Current   bool              // it is in service
}

// VersionDigest names a version by what it is made of: 64 hex digits that
// depend on every byte of manifest, and on each function with its module.
//
// What is hashed: the line "postern version 1", the manifest, then every
// function and its module in the order of names. Each part follows its length
// in eight bytes, the highest first, so no two versions share their bytes.
func VersionDigest(manifest []byte, modules map[string]string) string {
	h := sha256.New()
	h.Write([]byte("postern version 1\n"))
	part := func(p []byte) {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(p)))
		h.Write(length[:])
		h.Write(p)
	}
	part(manifest)
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		part([]byte(name))
		part([]byte(modules[name]))
	}
	return hex.EncodeToString(h.Sum(nil))
}

const (
	digestLength = 2 * sha256.Size // of a digest in hex
	minPrefix    = 6               // digits that may stand for a whole digest
)

// isHex reports whether s has nothing but the digits of a digest.
func isHex(s string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func isDigest(s string) bool { return len(s) == digestLength && isHex(s) }

// checkNew refuses what can't be a version.
func checkNew(v Version) error {
	if v.App == "" {
		return fault.New(fault.Invalid, "a version needs the name of its app")
	}
	for name, digest := range v.Modules {
		if name == "" || !isDigest(digest) {
			return fault.New(fault.Invalid, "function %q has no module digest: %q", name, digest)
		}
	}
	return nil
}

func noApp(app string) error {
	return fault.New(fault.NotFound, "no app %q", app).WithHint("list the apps, or deploy it first")
}

func noVersion(app, digest string) error {
	return fault.New(fault.NotFound, "app %q has no version %q", app, digest).
		WithHint("list the versions of the app; old ones are removed after a while")
}

func noModule(function, digest string) error {
	return fault.New(fault.NotFound, "the module of function %q is not stored: %s", function, digest).
		WithHint("upload the modules before the version that names them")
}

// pick finds the one version among those of app that a digest, or its
// beginning, names.
func pick(app, prefix string, versions []Version) (Version, error) {
	if len(prefix) < minPrefix {
		return Version{}, fault.New(fault.Invalid, "version %q is too short: at least %d digits of the digest are needed",
			prefix, minPrefix)
	}
	var found []Version
	for _, v := range versions {
		if len(prefix) <= len(v.Digest) && v.Digest[:len(prefix)] == prefix {
			found = append(found, v)
		}
	}
	switch len(found) {
	case 0:
		return Version{}, noVersion(app, prefix)
	case 1:
		return found[0], nil
	}
	return Version{}, fault.New(fault.Invalid, "version %q is ambiguous: %d versions of app %q begin so",
		prefix, len(found), app).WithHint("give more digits of the digest")
}

func onlyVersion(app string) error {
	return fault.New(fault.NotFound, "app %q has no version before its current one", app).
		WithHint("there is nothing to roll back to until a second version was deployed")
}

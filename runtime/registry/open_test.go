package registry

import (
	"bytes"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi/fault"
)

func TestOpen_refusesADirectoryInUse(t *testing.T) {
	dir := t.TempDir()
	r, err := Open(t.Context(), Default(dir))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), Default(dir))
	if fault.CodeOf(err) != fault.Conflict || fault.Of(err).Hint == "" {
		t.Errorf("err = %v, want %s with a hint", err, fault.Conflict)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, Default(dir), disk{})
}

func TestOpen_refusesOptionsThatMeanNothing(t *testing.T) {
	for name, o := range map[string]Options{
		"no directory": {},
		"keep":         {Dir: t.TempDir(), KeepVersions: -1},
		"grace":        {Dir: t.TempDir(), SweepGrace: -1},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Open(t.Context(), o); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("err = %v, want %s", err, fault.Invalid)
			}
		})
	}
}

func TestOpen_makesWhatIsMissingForItsOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b?c#d%41 e'f")
	r := mustOpen(t, Default(dir), disk{})
	for _, name := range []string{dir, r.modules} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o700 {
			t.Errorf("%s has the mode %o", name, mode)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, databaseName)); err != nil {
		t.Error(err)
	}
}

func TestOpen_followsALinkToTheDirectory(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	r := mustOpen(t, Default(link), disk{})
	mustDeploy(t, r, "shop", "m", mustStore(t, r, "body"))
	if _, err := Open(t.Context(), Default(dir)); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("err = %v, want %s", err, fault.Conflict)
	}
}

func TestOpen_findsWhatWasThere(t *testing.T) {
	dir := t.TempDir()
	r, err := Open(t.Context(), Default(dir))
	if err != nil {
		t.Fatal(err)
	}
	digest := mustStore(t, r, "body")
	old := mustDeploy(t, r, "shop", "old", digest)
	mustDeploy(t, r, "shop", "new", digest)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r = mustOpen(t, Default(dir), disk{})
	all, err := r.Current(t.Context())
	if err != nil || len(all) != 1 || string(all[0].Manifest) != "new" {
		t.Fatalf("found %+v, %v", all, err)
	}
	if v, err := r.Previous(t.Context(), "shop"); err != nil || v.Digest != old.Digest {
		t.Errorf("previous is %+v, %v", v, err)
	}
	if body, err := r.ReadModule(t.Context(), digest); err != nil || string(body) != "body" {
		t.Errorf("read %q, %v", body, err)
	}
}

func TestOpen_refusesANewerSchema(t *testing.T) {
	dir := t.TempDir()
	r, err := Open(t.Context(), Default(dir))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.write.Exec("PRAGMA user_version = 1000"); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Default(dir)); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("err = %v, want %s", err, fault.Conflict)
	}
}

func TestOpen_refusesAFileThatIsNoDatabase(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, databaseName), []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Default(dir))
	if err == nil || !strings.Contains(err.Error(), databaseName) {
		t.Errorf("err = %v, want one that names %s", err, databaseName)
	}
}

func TestMigrate_takesEachStepOnce(t *testing.T) {
	db, err := openWriter(filepath.Join(t.TempDir(), databaseName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for range 2 {
		if err := migrate(t.Context(), db); err != nil {
			t.Fatal(err)
		}
	}
	var version int
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil || version != len(migrations()) {
		t.Errorf("schema %d, %v; want %d", version, err, len(migrations()))
	}
	// A step that fails in its middle leaves nothing.
	if err := take(t.Context(), db, "CREATE TABLE half (x) STRICT", 99); err == nil {
		t.Error("a step without column types was taken")
	}
	if err := take(t.Context(), db, "CREATE TABLE half (x TEXT) STRICT; SELECT nonsense FROM nowhere", 99); err == nil {
		t.Error("a step that fails was taken")
	}
	var name string
	if err := db.QueryRow("SELECT name FROM sqlite_master WHERE name = 'half'").Scan(&name); err != sql.ErrNoRows {
		t.Errorf("found %q, %v", name, err)
	}
}

func TestOpenWriter_commitsToTheDisk(t *testing.T) {
	db, err := openWriter(filepath.Join(t.TempDir(), databaseName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		var got string
		if err := db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %s, %v; want %s", pragma, got, err, want)
		}
	}
}

func TestOpenReaders_cannotWrite(t *testing.T) {
	r := mustOpen(t, Default(t.TempDir()), disk{})
	if _, err := r.read.Exec("DELETE FROM version"); err == nil {
		t.Error("a reader wrote")
	}
}

func TestReadModule_saysThatAFileIsDamaged(t *testing.T) {
	r := mustOpen(t, Default(t.TempDir()), disk{})
	digest := mustStore(t, r, "the right bytes")
	for name, body := range map[string]string{"changed": "the wrong bytes", "cut": "the right", "empty": ""} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(r.path(digest), []byte(body), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := r.ReadModule(t.Context(), digest)
			if fault.CodeOf(err) != fault.Internal || !strings.Contains(err.Error(), "damaged") {
				t.Errorf("err = %v, want %s that says so", err, fault.Internal)
			}
			mustStore(t, r, "the right bytes") // repairs it
			if _, err := r.ReadModule(t.Context(), digest); err != nil {
				t.Error(err)
			}
		})
	}
}

// A join that brought the manifest with each function took five gigabytes here,
// and the server could not start again.
func TestOpen_findsAnAppOfThousandsOfFunctions(t *testing.T) {
	dir := t.TempDir()
	r, err := Open(t.Context(), Default(dir))
	if err != nil {
		t.Fatal(err)
	}
	digest := mustStore(t, r, "body")
	v := Version{App: "shop", Manifest: bytes.Repeat([]byte("# large\n"), 1<<17), Modules: map[string]string{}}
	for i := range 5000 {
		v.Modules[fmt.Sprintf("function-%d", i)] = digest
	}
	if _, err := r.Deploy(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r = mustOpen(t, Default(dir), disk{})
	all, err := r.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || !maps.Equal(all[0].Modules, v.Modules) || !bytes.Equal(all[0].Manifest, v.Manifest) {
		t.Errorf("%d apps, the first is %q with %d functions", len(all), all[0].App, len(all[0].Modules))
	}
}

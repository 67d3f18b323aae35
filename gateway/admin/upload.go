package admin

import (
	"fmt"
	"io"
	"mime"
	"os"
	"path/filepath"
	"strconv"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/deploy"
)

// spoolPattern is the name of the folder of one upload, for os.MkdirTemp and
// for the sweep at the start.
const spoolPattern = "upload-*"

// maxManifest bounds the manifest: it is read into memory.
const maxManifest = 1 << 20

// upload is one bundle on its way in: a folder in the spool that is removed
// whatever happens.
type upload struct {
	dir    string
	limits Limits
	files  map[string]deploy.File
	total  int64 // bytes unpacked so far
}

// receive reads the bundle that the client sends. The bundle's files can be
// opened until release is called, which has to be called in every case.
func (s *Server) receive(x *exchange) (bundle *deploy.Bundle, release func(), err error) {
	kind, params, _ := mime.ParseMediaType(string(x.rc.Request.Header.ContentType()))
	if kind != "application/zip" && kind != "multipart/form-data" {
		return nil, func() {}, fault.New(fault.Invalid, "the upload is neither application/zip nor multipart/form-data").
			WithHint("zip the folder and send it with Content-Type: application/zip")
	}
	if err := x.body.allow(s.options.Limits.MaxUpload); err != nil {
		return nil, func() {}, err
	}
	dir, err := os.MkdirTemp(s.options.Spool, spoolPattern)
	if err != nil {
		return nil, func() {}, fmt.Errorf("make spool folder: %w", storing(err))
	}
	u := &upload{dir: dir, limits: s.options.Limits, files: map[string]deploy.File{}}
	release = func() {
		if err := os.RemoveAll(dir); err != nil {
			s.options.Log.Error().Err(err).Str("request", x.id).Msg("remove upload")
		}
	}
	if kind == "application/zip" {
		closing, err := u.readZip(x.body)
		remove := release
		release = func() { closing(); remove() }
		if err != nil {
			return nil, release, err
		}
	} else if err := u.readParts(x.body, params["boundary"]); err != nil {
		return nil, release, err
	}
	if err := u.check(); err != nil {
		return nil, release, err
	}
	return &deploy.Bundle{App: x.query("app"), Files: u.files}, release, nil
}

// check looks at the bundle as a whole.
func (u *upload) check() error {
	if _, ok := u.files[deploy.ManifestFile]; ok {
		return nil
	}
	for name := range u.files {
		if filepath.Base(name) == deploy.ManifestFile {
			return fault.New(fault.BadBundle, "the bundle has %s, but no %s at its top", name, deploy.ManifestFile).
				WithHint("pack what is in the folder, not the folder")
		}
	}
	return fault.New(fault.BadBundle, "the bundle has no %s", deploy.ManifestFile).
		WithHint("put a %s beside the modules, at the top of the bundle", deploy.ManifestFile)
}

// add takes the file called name whose bytes, at most most, passed a counter.
func (u *upload) add(name string, size int64, open func() (io.ReadCloser, error)) {
	u.files[name] = deploy.File{Bytes: size, Open: open}
	u.total += size
}

// admit refuses a name that could not be a file of this bundle.
func (u *upload) admit(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if _, twice := u.files[name]; twice {
		return fault.New(fault.BadBundle, "the bundle has %q twice", name)
	}
	if len(u.files) == u.limits.MaxFiles {
		return fault.New(fault.BadBundle, "the bundle has more than %d files", u.limits.MaxFiles).
			WithHint("send the manifest and the modules only")
	}
	return nil
}

// room says how many bytes the file called name may have, and which fault it
// is to have more.
func (u *upload) room(name string) (most int64, excess error) {
	most = u.limits.MaxModule
	excess = fault.New(fault.ModuleTooLarge, "%q is larger than %d bytes", name, most).
		WithHint("strip the module (-ldflags=\"-s -w\", wasm-opt -Oz) or raise the limit in the server's configuration")
	if name == deploy.ManifestFile {
		most = maxManifest
		excess = fault.New(fault.TooLarge, "%q is larger than %d bytes", name, most)
	}
	if rest := u.limits.MaxUnpacked - u.total; rest < most {
		most = rest
		excess = fault.New(fault.TooLarge, "the bundle unpacks to more than %d bytes, at %q", u.limits.MaxUnpacked, name)
	}
	return most, excess
}

// save writes r, of at most most bytes, to a new file of the spool folder.
func (u *upload) save(r io.Reader, most int64, excess error) (path string, size int64, err error) {
	path = filepath.Join(u.dir, strconv.Itoa(len(u.files)))
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", 0, storing(err)
	}
	size, err = io.Copy(file, io.LimitReader(r, most+1))
	if cause := file.Close(); err == nil {
		err = cause
	}
	if err != nil {
		return "", size, storing(err)
	}
	if size > most {
		return "", size, excess
	}
	return path, size, nil
}

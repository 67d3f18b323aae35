package admin

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/config"
	"github.com/postern-dev/postern/gateway/deploy"
)

func TestDeploy_takesZip(t *testing.T) {
	apps := &shelf{}
	d := newDesk(t, apps, nil)
	stored := func(h *zip.FileHeader) { h.Method = zip.Store }
	folder := func(h *zip.FileHeader) { h.Method = zip.Store; h.SetMode(fs.ModeDir | 0o755) }
	res, text := d.upload(pack(t, manifestOf("greeter"), packed{name: "lib/", change: folder}, packed{"lib/hello.wasm", "\x00asm", stored}, packed{name: "empty"}))
	if res.StatusCode != http.StatusOK || !strings.Contains(text, `"version":"v1"`) {
		t.Fatalf("answer = %d %s", res.StatusCode, text)
	}
	want := map[string]string{deploy.ManifestFile: manifestOf("greeter").text, "lib/hello.wasm": "\x00asm", "empty": ""}
	if got := apps.bundles[0]; !maps.Equal(got, want) {
		t.Errorf("bundle = %q, want %q", got, want)
	}
	d.wantEmptySpool()
}

// parts makes a multipart body; a name is the file name of its part.
func parts(t testing.TB, entries ...packed) (body []byte, contentType string) {
	t.Helper()
	var buffer bytes.Buffer
	w := multipart.NewWriter(&buffer)
	for _, entry := range entries {
		header := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf("form-data; name=\"file\"; filename=%q", entry.name)}}
		part, err := w.CreatePart(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, entry.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes(), w.FormDataContentType()
}

func (d *desk) uploadParts(body []byte, contentType string) (*http.Response, string) {
	d.t.Helper()
	req := d.request("POST", "/v1/apps", bytes.NewReader(body))
	req.Header.Set("Content-Type", contentType)
	return d.do(req)
}

func TestDeploy_takesMultipart(t *testing.T) {
	apps := &shelf{}
	d := newDesk(t, apps, nil)
	res, text := d.uploadParts(parts(t, manifestOf("greeter"), packed{name: "lib/hello.wasm", text: "\x00asm\r\n--x"}))
	if res.StatusCode != http.StatusOK {
		t.Fatalf("answer = %d %s", res.StatusCode, text)
	}
	want := map[string]string{deploy.ManifestFile: manifestOf("greeter").text, "lib/hello.wasm": "\x00asm\r\n--x"}
	if got := apps.bundles[0]; !maps.Equal(got, want) {
		t.Errorf("bundle = %q, want %q", got, want)
	}
	d.wantEmptySpool()
}

func TestDeploy_passesTheNameOn(t *testing.T) {
	d := newDesk(t, &shelf{}, nil)
	for query, status := range map[string]int{"?app=greeter": http.StatusOK, "?app=other": http.StatusBadRequest} {
		req := d.request("POST", "/v1/apps"+query, bytes.NewReader(pack(t, manifestOf("greeter"))))
		req.Header.Set("Content-Type", "application/zip")
		if res, text := d.do(req); res.StatusCode != status {
			t.Errorf("%s = %d %s, want %d", query, res.StatusCode, text, status)
		}
	}
}

func TestDeploy_refusesBadBundles(t *testing.T) {
	manifest := manifestOf("greeter")
	link := func(h *zip.FileHeader) { h.SetMode(fs.ModeSymlink | 0o777) }
	device := func(h *zip.FileHeader) { h.SetMode(fs.ModeDevice | 0o600) }
	secret := func(h *zip.FileHeader) { h.Flags |= 1 }
	method := func(h *zip.FileHeader) { h.Method = zip.Store }
	whole := pack(t, manifest, packed{name: "a.wasm", text: strings.Repeat("asm", 1000)})
	broken := bytes.Clone(pack(t, manifest, packed{"a.wasm", "content", method}))
	broken[bytes.Index(broken, []byte("content"))] ^= 1
	many := []packed{manifest}
	for i := range 8 {
		many = append(many, packed{name: fmt.Sprint(i)})
	}
	rows := map[string]struct {
		archive []byte
		code    fault.Code
		want    string
	}{
		"empty body":       {nil, fault.BadBundle, "not a readable zip"},
		"not a zip":        {[]byte("PK\x03\x04 nonsense"), fault.BadBundle, "not a readable zip"},
		"truncated":        {whole[:len(whole)/2], fault.BadBundle, "not a readable zip"},
		"no entries":       {pack(t), fault.BadBundle, "no postern.toml"},
		"no manifest":      {pack(t, packed{name: "a.wasm"}), fault.BadBundle, "no postern.toml"},
		"folder around it": {pack(t, packed{name: "greeter/postern.toml"}), fault.BadBundle, "at its top"},
		"wrong checksum":   {broken, fault.BadBundle, `"a.wasm" can't be unpacked`},
		"twice":            {pack(t, manifest, packed{name: "a"}, packed{name: "a"}), fault.BadBundle, `"a" twice`},
		"symbolic link":    {pack(t, manifest, packed{"a", "/etc/passwd", link}), fault.BadBundle, `"a" is a symbolic link`},
		"device":           {pack(t, manifest, packed{"a", "x", device}), fault.BadBundle, `"a" is a special file`},
		"encrypted":        {pack(t, manifest, packed{"a", "x", secret}), fault.BadBundle, `"a" is encrypted`},
		"folder with text": {pack(t, manifest, packed{name: "many/", change: func(h *zip.FileHeader) { h.Method = zip.Store }}, packed{name: "../x/"}), fault.BadBundle, `"../x"`},
		"many files":       {pack(t, many...), fault.BadBundle, "more than 8 files"},
		"large file":       {pack(t, manifest, packed{name: "a", text: strings.Repeat("\x00", 128<<10+1)}), fault.ModuleTooLarge, `"a" is larger than 131072 bytes`},
		"bomb":             {pack(t, manifest, packed{name: "a", text: strings.Repeat("\x00", 128<<10)}, packed{name: "b", text: strings.Repeat("\x00", 128<<10)}), fault.TooLarge, "unpacks to more than 262144 bytes"},
		"large manifest":   {pack(t, packed{name: deploy.ManifestFile, text: strings.Repeat("#", 256<<10+1)}), fault.TooLarge, "unpacks to more than"},
	}
	d := newDesk(t, &shelf{}, nil)
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			res, text := d.upload(row.archive)
			refused := d.wantRefusal(res, text, statusOf(row.code), row.code)
			if !strings.Contains(refused.Message, row.want) {
				t.Errorf("message = %q, want %q in it", refused.Message, row.want)
			}
			d.wantEmptySpool()
		})
	}
}

func TestDeploy_refusesBadNames(t *testing.T) {
	names := map[string]string{
		"parent": "../a", "deep parent": "a/../../b", "inner parent": "a/../b", "absolute": "/etc/passwd", "backslash": `..\a`, "drive": `C:a`,
		"zero": "a\x00b", "line feed": "a\nb", "dot": "./a", "only dot": ".", "double slash": "a//b", "bad UTF-8": "a\xffb", "long": strings.Repeat("a", 256),
	}
	d := newDesk(t, &shelf{}, nil)
	for name, path := range names {
		res, text := d.upload(pack(t, manifestOf("greeter"), packed{name: path}))
		t.Logf("%s: %s", name, text)
		d.wantRefusal(res, text, http.StatusUnprocessableEntity, fault.BadBundle)
		if name == "line feed" || name == "zero" || name == "bad UTF-8" || name == "backslash" {
			continue // a Content-Disposition can't carry these
		}
		res, text = d.uploadParts(parts(t, manifestOf("greeter"), packed{name: path}))
		d.wantRefusal(res, text, http.StatusUnprocessableEntity, fault.BadBundle)
	}
}

func TestDeploy_refusesBadMultipart(t *testing.T) {
	whole, kind := parts(t, manifestOf("greeter"), packed{name: "a", text: "text"})
	many := []packed{manifestOf("greeter")}
	for i := range 8 {
		many = append(many, packed{name: fmt.Sprint(i)})
	}
	tooMany, manyKind := parts(t, many...)
	large, largeKind := parts(t, manifestOf("greeter"), packed{name: "a", text: strings.Repeat("x", 63<<10)})
	for name, row := range map[string]struct {
		body   []byte
		kind   string
		status int
		code   fault.Code
	}{
		"no boundary":    {whole, "multipart/form-data", 400, fault.Invalid},
		"other boundary": {whole, "multipart/form-data; boundary=other", 422, fault.BadBundle},
		"truncated":      {whole[:len(whole)-20], kind, 422, fault.BadBundle},
		"empty":          {nil, kind, 422, fault.BadBundle},
		"no file name":   {[]byte("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--\r\n"), "multipart/form-data; boundary=x", 422, fault.BadBundle},
		"many parts":     {tooMany, manyKind, 422, fault.BadBundle},
		"other kind":     {whole, "text/plain", 400, fault.Invalid},
		"no kind":        {whole, "", 400, fault.Invalid},
		"large part":     {large, largeKind, 413, fault.ModuleTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, &shelf{}, func(o *Options) { o.Limits.MaxModule = 32 << 10 })
			res, text := d.uploadParts(row.body, row.kind)
			d.wantRefusal(res, text, row.status, row.code)
			d.wantEmptySpool()
		})
	}
}

// An archive may list far more entries than the server is willing to hold.
func TestDeploy_refusesEndlessTableOfContents(t *testing.T) {
	var entries []packed
	for i := range 2000 {
		entries = append(entries, packed{name: strings.Repeat("x", 200) + fmt.Sprint(i)})
	}
	d := newDesk(t, &shelf{}, func(o *Options) { o.Limits.MaxUpload = 4 << 20 })
	res, text := d.upload(pack(t, entries...))
	refused := d.wantRefusal(res, text, http.StatusUnprocessableEntity, fault.BadBundle)
	if !strings.Contains(refused.Message, "more than 8 files") {
		t.Errorf("message = %q", refused.Message)
	}
}

// The size that an archive declares for an entry is not believed.
func TestDeploy_countsWhatIsUnpacked(t *testing.T) {
	archive := pack(t, manifestOf("greeter"), packed{name: "bomb", text: strings.Repeat("\x00", 600<<10)})
	directory := bytes.LastIndex(archive, []byte("PK\x01\x02"))
	if got := binary.LittleEndian.Uint32(archive[directory+24:]); got != 600<<10 {
		t.Fatalf("the declared size is %d: not the entry that is meant", got)
	}
	binary.LittleEndian.PutUint32(archive[directory+24:], 10)
	d := newDesk(t, &shelf{}, nil)
	res, text := d.upload(archive)
	if res.StatusCode < 400 || res.StatusCode >= 500 {
		t.Errorf("answer = %d %s", res.StatusCode, text)
	}
}

func TestDeploy_refusesLargeUploadUnread(t *testing.T) {
	d := newDesk(t, &shelf{}, nil)
	head := "POST /v1/apps HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + testToken + "\r\nContent-Type: application/zip\r\n"
	for name, sent := range map[string]string{
		"a gigabyte":        head + "Content-Length: 1073741824\r\n\r\n" + strings.Repeat("x", 20<<10),
		"asked for first":   head + "Expect: 100-continue\r\nContent-Length: 1073741824\r\n\r\n",
		"without a length":  head + "Transfer-Encoding: chunked\r\n\r\n11000\r\n" + strings.Repeat("x", 0x11000) + "\r\n",
		"past the limit by": head + "Content-Length: 65537\r\n\r\n" + strings.Repeat("x", 65537),
	} {
		got := d.raw(sent)
		if !strings.HasPrefix(got, "HTTP/1.1 413 ") || !strings.Contains(got, "Connection: close") || !strings.Contains(got, `"code":"too_large"`) {
			t.Errorf("%s is answered with %q", name, got)
		}
		d.wantEmptySpool()
	}
}

// endless is a body that never ends by itself.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestDeploy_answersWhileTheClientSends(t *testing.T) {
	d := newDesk(t, &shelf{}, nil)
	for _, declared := range []int64{1 << 30, -1} {
		req := d.request("POST", "/v1/apps", io.LimitReader(endless{}, 1<<30))
		req.ContentLength = declared
		req.Header.Set("Content-Type", "application/zip")
		res, text := d.do(req)
		d.wantRefusal(res, text, http.StatusRequestEntityTooLarge, fault.TooLarge)
	}
}

func TestDeploy_lettingTheClientContinue(t *testing.T) {
	d := newDesk(t, &shelf{}, nil)
	archive := pack(t, manifestOf("greeter"))
	req := d.request("POST", "/v1/apps", bytes.NewReader(archive))
	req.Header.Set("Content-Type", "application/zip")
	req.Header.Set("Expect", "100-continue")
	if res, text := d.do(req); res.StatusCode != http.StatusOK {
		t.Errorf("answer = %d %s", res.StatusCode, text)
	}
}

func TestDeploy_noticesShortBody(t *testing.T) {
	apps := &shelf{}
	d := newDesk(t, apps, func(o *Options) { o.Limits.ReadWait = 100 * time.Millisecond })
	archive := pack(t, manifestOf("greeter"))
	got := d.raw(fmt.Sprintf("POST /v1/apps HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nContent-Type: application/zip\r\nContent-Length: %d\r\n\r\n%s",
		testToken, len(archive)+1, archive))
	if !strings.HasPrefix(got, "HTTP/1.1 4") || len(apps.bundles) != 0 {
		t.Errorf("a body that is a byte short is answered with %q", got)
	}
}

func TestDeploy_isBusyWithTooManyUploads(t *testing.T) {
	apps := &shelf{gate: make(chan struct{}), entered: make(chan struct{}, 1)}
	d := newDesk(t, apps, func(o *Options) { o.Limits.MaxUploads = 1 })
	first := make(chan int, 1)
	go func() {
		res, _ := d.upload(pack(t, manifestOf("greeter")))
		first <- res.StatusCode
	}()
	<-apps.entered
	res, text := d.upload(pack(t, manifestOf("greeter")))
	d.wantRefusal(res, text, http.StatusServiceUnavailable, fault.Busy)
	if res.Header.Get("Retry-After") == "" {
		t.Error("a busy answer has no Retry-After")
	}
	close(apps.gate)
	if status := <-first; status != http.StatusOK {
		t.Errorf("the first upload = %d", status)
	}
}

func TestDeploy_passesEveryFaultOn(t *testing.T) {
	apps := &shelf{}
	d := newDesk(t, apps, nil)
	for _, code := range fault.Codes() {
		if code == fault.Unauthorized || code == fault.Denied || code == fault.NotFound || statusOf(code) == 502 || statusOf(code) == 504 {
			continue // not faults of a deploy
		}
		apps.failWith(fault.New(code, "a message").WithHint("a hint"))
		res, text := d.upload(pack(t, manifestOf("greeter")))
		refused := d.wantRefusal(res, text, statusOf(code), code)
		if refused.Message != "a message" || refused.Hint != "a hint" {
			t.Errorf("%s is answered with %+v", code, refused)
		}
		d.wantEmptySpool()
	}
}

func TestDeploy_listsComplaints(t *testing.T) {
	_, cause := config.ReadManifest([]byte("[app]\nname = \"greeter\"\ncolour = 1\n\n[[function]]\nname = \"f\"\nmodule = \"f.wasm\"\nmemory = \"much\"\n"),
		map[string]config.Defaults{"scf": config.DefaultFunction()})
	d := newDesk(t, &shelf{fail: fmt.Errorf("read manifest: %w", cause)}, nil)
	res, text := d.upload(pack(t, manifestOf("greeter")))
	refused := d.wantRefusal(res, text, http.StatusUnprocessableEntity, fault.BadManifest)
	var got []string
	for _, c := range refused.Complaints {
		got = append(got, fmt.Sprint(c.Line, " ", c.Key))
	}
	if want := []string{"3 app.colour", "8 function[0].memory"}; !slices.Equal(got, want) {
		t.Errorf("complaints = %+v, want %q", refused.Complaints, want)
	}
}

func TestNew_removesWhatWasLeftBehind(t *testing.T) {
	spool := t.TempDir()
	left := filepath.Join(spool, "upload-123")
	if err := errors.Join(os.Mkdir(left, 0o700), os.WriteFile(filepath.Join(left, "0"), []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := sweepSpool(spool); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there (%v)", left, err)
	}
}

func FuzzUpload_zip(f *testing.F) {
	f.Add(pack(f, manifestOf("greeter"), packed{name: "a/b.wasm", text: "\x00asm"}))
	f.Add(pack(f, packed{name: "../x"}, packed{name: "a", text: strings.Repeat("\x00", 5000)}))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, archive []byte) {
		u := fuzzed(t)
		if err := u.unzip(bytes.NewReader(archive), int64(len(archive))); err != nil {
			wantFault(t, err)
			return
		}
		u.wantSound(t)
	})
}

func FuzzUpload_multipart(f *testing.F) {
	body, _ := parts(f, manifestOf("greeter"), packed{name: "a/b.wasm", text: "\x00asm"})
	f.Add(body, string(body[2:bytes.IndexByte(body, '\r')]))
	f.Add([]byte("--x\r\nContent-Disposition: form-data; name=a; filename=\"../b\"\r\n\r\nc\r\n--x--"), "x")
	f.Add([]byte("--x\r\nContent-Disposition: form-data; filename*=utf-8''%2e%2e\r\n\r\nc\r\n--x--"), "x")
	f.Fuzz(func(t *testing.T, body []byte, boundary string) {
		u := fuzzed(t)
		if err := u.readParts(bytes.NewReader(body), boundary); err != nil {
			wantFault(t, err)
			return
		}
		u.wantSound(t)
	})
}

func fuzzed(t *testing.T) *upload {
	limits := DefaultLimits()
	limits.MaxModule, limits.MaxUnpacked, limits.MaxFiles = 2000, 3000, 3
	return &upload{dir: t.TempDir(), limits: limits, files: map[string]deploy.File{}}
}

func wantFault(t *testing.T, err error) {
	t.Helper()
	if f, ok := errors.AsType[*fault.Error](err); !ok || f.Code == fault.Internal {
		t.Errorf("err = %v, want a fault of the client's", err)
	}
}

// wantSound checks the invariants of a bundle that was taken.
func (u *upload) wantSound(t *testing.T) {
	t.Helper()
	var total int64
	for name, file := range u.files {
		if !filepath.IsLocal(name) || strings.ContainsAny(name, "\\:\x00") || !fs.ValidPath(name) {
			t.Errorf("took a file called %q", name)
		}
		if _, err := readFile(file); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		total += file.Bytes
	}
	if total > u.limits.MaxUnpacked || total != u.total || len(u.files) > u.limits.MaxFiles {
		t.Errorf("took %d files of %d bytes", len(u.files), total)
	}
}

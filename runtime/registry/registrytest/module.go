package registrytest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/postern-dev/postern/abi/fault"
)

func moduleComesBack(t *testing.T, s Store) {
	for name, body := range map[string][]byte{
		"nothing":  {},
		"short":    []byte("\x00asm\x01\x00\x00\x00"),
		"a chunk":  bytes.Repeat([]byte{7}, 128<<10),
		"and more": bytes.Repeat([]byte("0123456789"), 40_000),
	} {
		t.Run(name, func(t *testing.T) {
			sum := sha256.Sum256(body)
			for _, src := range []io.Reader{bytes.NewReader(body), iotest.DataErrReader(bytes.NewReader(body))} {
				m, err := s.StoreModule(t.Context(), src, int64(len(body)))
				if err != nil {
					t.Fatal(err)
				}
				if want := hex.EncodeToString(sum[:]); m.Digest != want || m.Bytes != int64(len(body)) {
					t.Errorf("stored %+v, want the digest %s and %d bytes", m, want, len(body))
				}
				got, err := s.ReadModule(t.Context(), m.Digest)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, body) {
					t.Errorf("%d other bytes came back", len(got))
				}
				clear(got) // they belong to the caller
			}
		})
	}
}

func moduleHasALimit(t *testing.T, s Store) {
	const body = "0123456789"
	_, err := s.StoreModule(t.Context(), strings.NewReader(body), int64(len(body))-1)
	wantCode(t, err, fault.ModuleTooLarge)
	wantNotStored(t, s, body)
	// An endless module ends at its limit.
	_, err = s.StoreModule(t.Context(), endless{}, 1<<20)
	wantCode(t, err, fault.ModuleTooLarge)
}

// endless never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func moduleBreaksOff(t *testing.T, s Store) {
	hungUp := errors.New("the client hung up")
	_, err := s.StoreModule(t.Context(), io.MultiReader(strings.NewReader("half a mod"), iotest.ErrReader(hungUp)), 100)
	wantError(t, err, hungUp)
	wantNotStored(t, s, "half a mod")
}

func moduleIsNotFound(t *testing.T, s Store) {
	digest := store(t, s, "there")
	for name, digest := range map[string]string{
		"other":      strings.Repeat("0", 64),
		"empty":      "",
		"short":      digest[:12],
		"upper case": strings.ToUpper(digest),
		"path":       "../modules/" + digest,
		"folder":     ".",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.ReadModule(t.Context(), digest)
			wantCode(t, err, fault.NotFound)
		})
	}
}

func wantNotStored(t *testing.T, s Store, body string) {
	t.Helper()
	sum := sha256.Sum256([]byte(body))
	_, err := s.ReadModule(t.Context(), hex.EncodeToString(sum[:]))
	wantCode(t, err, fault.NotFound)
}

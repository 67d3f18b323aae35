package admin

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
)

// minToken is the least length of a token that an operator wrote into the file.
const minToken = 16

// OpenToken returns the bearer token kept at path. When there is no such file
// it makes one with 256 random bits, readable by its owner only. A file that
// others can read is refused: the token in it is not a secret any more.
func OpenToken(path string) (string, error) {
	token, err := ReadToken(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return token, err
	}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return "", fmt.Errorf("make admin token: %w", err)
	}
	token = base64.RawURLEncoding.EncodeToString(secret)
	if err := writeToken(path, token); err != nil {
		return "", fmt.Errorf("keep admin token: %w", err)
	}
	return token, nil
}

// ReadToken returns the bearer token kept at path and makes none. The error
// wraps [fs.ErrNotExist] when there is no such file.
func ReadToken(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("open admin token: %w", err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return "", fmt.Errorf("look at admin token: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && goruntime.GOOS != "windows" {
		return "", fmt.Errorf("the admin token %s can be read by others (mode %04o): delete it to have a new one made, or run chmod 600 %s", path, mode, path)
	}
	text := make([]byte, 4097)
	n, err := readUpTo(file, text)
	if err != nil {
		return "", fmt.Errorf("read admin token: %w", err)
	}
	token := strings.TrimSpace(string(text[:n]))
	switch {
	case n == len(text) || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", fmt.Errorf("the admin token %s holds something else than one word: delete it to have a new one made", path)
	case len(token) < minToken:
		return "", fmt.Errorf("the admin token %s is shorter than %d characters: delete it to have a new one made", path, minToken)
	}
	return token, nil
}

// writeToken puts token at path in one step: a crash leaves all of it or nothing.
func writeToken(path, token string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, ".admin-token-*") // made with mode 0600
	if err != nil {
		return err
	}
	_, err = file.WriteString(token + "\n")
	if err == nil {
		err = file.Sync()
	}
	if cause := file.Close(); err == nil {
		err = cause
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// admits reports whether header, the value of Authorization, carries the
// token. Hashes of equal length are compared, in constant time.
func (s *Server) admits(header string) bool {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return false
	}
	hash := sha256.Sum256([]byte(strings.TrimSpace(token)))
	return subtle.ConstantTimeCompare(hash[:], s.token[:]) == 1
}

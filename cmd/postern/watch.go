package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long a folder must be quiet before a change counts: editors
// write a file in several steps.
const settle = 150 * time.Millisecond

// treeWatch tells when a file in a folder, or in a folder below it, changed.
type treeWatch struct {
	changed chan struct{} // one message per burst of changes
	notify  *fsnotify.Watcher
	done    sync.WaitGroup
}

// watchTree watches dir and all folders below it but hidden ones.
func watchTree(dir string) (*treeWatch, error) {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", dir, err)
	}
	w := &treeWatch{changed: make(chan struct{}, 1), notify: notify}
	if err := w.add(dir); err != nil {
		return nil, errors.Join(fmt.Errorf("watch %s: %w", dir, err), notify.Close())
	}
	w.done.Go(w.loop)
	return w, nil
}

// Close stops watching.
func (w *treeWatch) Close() error {
	err := w.notify.Close()
	w.done.Wait()
	return err
}

func (w *treeWatch) add(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.IsDir() {
			return nil
		}
		if path != dir && hidden(path) {
			return filepath.SkipDir
		}
		return w.notify.Add(path)
	})
}

func hidden(path string) bool { return strings.HasPrefix(filepath.Base(path), ".") }

func (w *treeWatch) loop() {
	quiet := time.NewTimer(settle)
	quiet.Stop()
	for {
		select {
		case e, ok := <-w.notify.Events:
			if !ok {
				return
			}
			if hidden(e.Name) || e.Op == fsnotify.Chmod {
				continue
			}
			if info, err := os.Stat(e.Name); err == nil && info.IsDir() && e.Has(fsnotify.Create) {
				// A folder that is gone again needs no watching.
				_ = w.add(e.Name)
			}
			quiet.Reset(settle)
		case <-w.notify.Errors:
			quiet.Reset(settle) // events were lost: look anyway
		case <-quiet.C:
			select {
			case w.changed <- struct{}{}:
			default:
			}
		}
	}
}

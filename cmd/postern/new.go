package main

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/gateway"
	"github.com/postern-dev/postern/gateway/config"
	"github.com/postern-dev/postern/gateway/deploy"
)

// scaffolds has one folder of templates per language.
//
//go:embed scaffold
var scaffolds embed.FS

// scaffold is a new app, as its templates see it.
type scaffold struct {
	Name     string
	Fetch    bool // whether the SDK has to be fetched first
	language string
	module   bool // whether the folder needs a go.mod of its own
}

func newNewCommand() *cobra.Command {
	var s scaffold
	cmd := &cobra.Command{
		Use:               "new NAME",
		Short:             "Make a folder with a new app in it",
		Args:              oneArg("NAME"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := filepath.Clean(args[0])
			s.Name = filepath.Base(dir)
			if err := s.write(dir); err != nil {
				return err
			}
			return s.explain(cmd.OutOrStdout(), dir)
		},
	}
	cmd.Flags().StringVar(&s.language, "lang", "go", "language: "+strings.Join(languages(), ", "))
	if err := cmd.RegisterFlagCompletionFunc("lang", cobra.FixedCompletions(languages(), cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // the flag exists
	}
	return cmd
}

// languages lists the folders of templates.
func languages() []string {
	entries, err := scaffolds.ReadDir("scaffold")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// write makes dir and the app in it. A folder that has anything in it is left
// alone.
func (s *scaffold) write(dir string) error {
	files, err := s.files(dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	there, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look into folder: %w", err)
	}
	if len(there) > 0 {
		return fmt.Errorf("%s is not empty: it has %s", dir, there[0].Name())
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return fmt.Errorf("write app: %w", err)
		}
	}
	return nil
}

// files returns the files of the app by name, having checked its manifest.
func (s *scaffold) files(dir string) (map[string][]byte, error) {
	from := path.Join("scaffold", s.language)
	entries, err := scaffolds.ReadDir(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &usageError{fmt.Errorf("--lang %q is not one of %s", s.language, strings.Join(languages(), ", "))}
	}
	if err != nil {
		return nil, err
	}
	if err := s.look(dir); err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, entry := range entries {
		name := strings.TrimSuffix(entry.Name(), ".tmpl")
		if name == "go.mod" && !s.module {
			continue
		}
		if name == "gitignore" {
			name = ".gitignore"
		}
		if files[name], err = s.fill(path.Join(from, entry.Name())); err != nil {
			return nil, err
		}
	}
	if _, err := config.ReadManifest(files[deploy.ManifestFile], deploy.Defaults(gateway.Flavours())); err != nil {
		return nil, &usageError{fmt.Errorf("%q is no name for an app: %w", s.Name, err)}
	}
	return files, nil
}

func (s *scaffold) fill(name string) ([]byte, error) {
	t, err := template.ParseFS(scaffolds, name)
	if err != nil {
		return nil, fmt.Errorf("read template: %w", err)
	}
	var text bytes.Buffer
	if err := t.Execute(&text, s); err != nil {
		return nil, fmt.Errorf("fill template: %w", err)
	}
	return text.Bytes(), nil
}

// look finds out which module the folder will be part of.
func (s *scaffold) look(dir string) error {
	folder, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	s.module, s.Fetch = true, true
	for parent := filepath.Dir(folder); parent != folder; folder, parent = parent, filepath.Dir(parent) {
		text, err := os.ReadFile(filepath.Join(parent, "go.mod"))
		if err != nil {
			continue
		}
		s.module = false
		s.Fetch = !bytes.Contains(text, []byte("github.com/postern-dev/postern"))
		return nil
	}
	return nil
}

// explain says what to do next.
func (s *scaffold) explain(w io.Writer, dir string) error {
	text := dir + " has a new app. Next:\n\n  cd " + dir + "\n"
	if s.Fetch {
		text += "  go get github.com/postern-dev/postern/sdk/go\n"
	}
	_, err := io.WriteString(w, text+"  postern dev .\n")
	return err
}

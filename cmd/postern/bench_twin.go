package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/bench/native"
	"github.com/postern-dev/postern/bench/target"
)

// newBenchTwinCommand is the native twin that comparisons start as a child.
func newBenchTwinCommand() *cobra.Command {
	var o native.Options
	var kind, library, listen string
	cmd := &cobra.Command{
		Use:    "serve-native",
		Short:  "Serve the native twin of a function until the input ends",
		Args:   noArgs,
		Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Kind, o.Library = native.Kind(kind), native.Library(library)
			ln, err := net.Listen("tcp", listen)
			if err != nil {
				return err
			}
			if err := writeJSONLine(cmd.OutOrStdout(), target.Announcement{Listen: ln.Addr().String()}); err != nil {
				return errors.Join(err, ln.Close())
			}
			ctx, cancel := context.WithCancel(cmd.Context())
			defer cancel()
			go func() {
				// Whoever started this holds the other end, and it closes
				// however that ends. The process ends after this returns.
				_, _ = io.Copy(io.Discard, cmd.InOrStdin())
				cancel()
			}()
			return native.Serve(ctx, ln, o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&kind, "kind", "hello", "hello or echo")
	flags.StringVar(&library, "library", "fasthttp", "fasthttp or net/http")
	flags.StringVar(&listen, "listen", "127.0.0.1:0", "address")
	flags.StringVar(&o.Type, "type", "text/html", "content type of the answers")
	flags.StringVar(&o.Body, "body", "hello world", "body of a hello")
	return cmd
}

// executable is the file of this program.
func executable() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	return path, nil
}

// joined joins what went wrong first with what went wrong while cleaning up.
func joined(err, cleaning error) error {
	if cleaning == nil {
		return err
	}
	return errors.Join(err, cleaning)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/gateway/admin"
	"github.com/postern-dev/postern/gateway/config"
)

// tokenVariable is the environment variable with the admin API's token.
const tokenVariable = "POSTERN_ADMIN_TOKEN"

// completionWait bounds how long a shell waits for names of apps.
const completionWait = 2 * time.Second

// connection are the flags that say where the server is and who asks.
type connection struct {
	address, token, tokenFile string
}

func (c *connection) register(cmd *cobra.Command) {
	flags := cmd.PersistentFlags()
	flags.StringVar(&c.address, "admin", "http://127.0.0.1:8081", "address of the server's admin API")
	flags.StringVar(&c.token, "token", "", "token of the admin API; other users may see it in the list of processes")
	flags.StringVar(&c.tokenFile, "token-file", "", "file with the token (default: $"+tokenVariable+", then "+filepath.Join(config.Default().Data.Dir, tokenFile)+")")
}

// open returns a client for the server that the flags name.
func (c *connection) open() (*client, error) {
	base, err := c.base()
	if err != nil {
		return nil, err
	}
	token, err := c.findToken()
	if err != nil {
		return nil, err
	}
	return newClient(base, token), nil
}

// base is the address as a URL. A bare host and port is taken, too, as the
// flag of the same name of `postern serve` has it.
func (c *connection) base() (string, error) {
	address := strings.TrimRight(c.address, "/")
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.Path != "" || u.RawQuery != "" {
		return "", &usageError{fmt.Errorf("--admin %q is not an address like http://127.0.0.1:8081", c.address)}
	}
	return address, nil
}

func (c *connection) findToken() (string, error) {
	switch {
	case c.token != "" && c.tokenFile != "":
		return "", &usageError{errors.New("--token and --token-file exclude each other")}
	case c.token != "":
		return c.token, nil
	case c.tokenFile != "":
		return admin.ReadToken(c.tokenFile)
	}
	if token := strings.TrimSpace(os.Getenv(tokenVariable)); token != "" {
		return token, nil
	}
	path := filepath.Join(config.Default().Data.Dir, tokenFile)
	token, err := admin.ReadToken(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("no token for the admin API: there is no %s here\n  hint: the server keeps its token in its data directory; name it with --token-file, or set %s", path, tokenVariable)
	}
	return token, err
}

// completeApps offers the names of the apps in service to a shell.
func (c *connection) completeApps(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	client, err := c.open()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completionWait)
	defer cancel()
	var list admin.AppList
	if client.get(ctx, &list, nil, "apps") != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names := make([]string, 0, len(list.Apps))
	for _, app := range list.Apps {
		names = append(names, app.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/pflag"

	"imapscope/proxy/intercept/api"
	"imapscope/ui/service"
)

// tokenVariable is the environment variable with the token of the HTTP API.
const tokenVariable = "IMAPSCOPE_API_TOKEN"

// apiFlags holds the flags of the HTTP API.
type apiFlags struct{ listen, token string }

func (f *apiFlags) flags(fs *pflag.FlagSet) {
	fs.StringVar(&f.listen, "api", "", "serve an HTTP API at this `host:port` of this machine, by which tests switch faults; see 'imapscope help api'")
	fs.StringVar(&f.token, "api-token", "", "the token that the API requires (default $"+tokenVariable+", otherwise a random one, which is printed)")
}

// check reports what is wrong with the flags.
func (f *apiFlags) check() error {
	if f.listen == "" {
		if f.token != "" {
			return usage("--api-token goes with --api")
		}
		return nil
	}
	if f.token == "" {
		f.token = os.Getenv(tokenVariable)
	}
	if f.token == "" {
		return nil
	}
	if err := api.CheckToken(f.token); err != nil {
		return usage("--api: %v", err)
	}
	return nil
}

// serve serves the API of a relay, if the flags ask for it. A token that was made is printed.
func (f *apiFlags) serve(ctx context.Context, r *relay, log *slog.Logger) error {
	if f.listen == "" {
		return nil
	}
	l, err := api.Listen(ctx, f.listen)
	if err != nil {
		return fmt.Errorf("--api: %w", err)
	}
	token, shown := f.token, ""
	if token == "" {
		token = api.NewToken()
		shown = ", token " + token
	}
	a := api.New(api.Options{
		Token: token, Version: service.Version(), Upstream: string(r.source.Proxy.Target),
		Door: r.door, Roster: r.roster, Faults: r.hands.faults, Holds: r.hands.holds,
	})
	r.closers = append(r.closers, a.Serve(l, log))
	fmt.Fprintf(r.e.err, "imapscope: API at http://%s%s\n", l.Addr(), shown)
	return nil
}

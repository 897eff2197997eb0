package main

import (
	"context"
	"crypto/rand"
	ctls "crypto/tls"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/pflag"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/redact/scrub"
	"imapscope/proxy/tls"
	"imapscope/ui/print"
	"imapscope/ui/web/door"
)

// pageFlags holds the flags that say who may open a page, and what it shows of persons.
type pageFlags struct {
	listen                  string
	http, redact, noBrowser bool
}

// anyPort is where a page is served unless another address is asked for.
const anyPort = "127.0.0.1:0"

// flags adds the flags of a verb that is for the page.
func (p *pageFlags) flags(f *pflag.FlagSet) {
	f.StringVar(&p.listen, "listen", anyPort, "the `host:port` at which browsers find the page; 0.0.0.0:8143 is for other machines too, over HTTPS")
	p.more(f, "")
}

// flagsBeside adds the flags of a verb that can serve the page as well: --web asks for it.
func (p *pageFlags) flagsBeside(f *pflag.FlagSet) {
	f.StringVar(&p.listen, "web", "", "serve the inspector as a page for browsers, at this `host:port` (with --web alone: a free port of this machine); see 'imapscope web --help'")
	f.Lookup("web").NoOptDefVal = anyPort
	p.more(f, "web-")
}

// flagsToLearn adds the flags of a verb whose page takes answers, from this machine only.
func (p *pageFlags) flagsToLearn(f *pflag.FlagSet) {
	f.StringVar(&p.listen, "web", "", "show the lesson in a browser on this machine, at this `host:port` (with --web alone: a free port)")
	f.Lookup("web").NoOptDefVal = anyPort
	f.BoolVar(&p.noBrowser, "web-no-browser", false, "open no browser")
}

func (p *pageFlags) more(f *pflag.FlagSet, prefix string) {
	f.BoolVar(&p.http, prefix+"http", false, "serve other machines over HTTP: everyone on the network between can read the page")
	f.BoolVar(&p.redact, prefix+"redact", false, "replace names, addresses and the text of mail on the page, as 'imapscope redact' does")
	f.BoolVar(&p.noBrowser, prefix+"no-browser", false, "open no browser")
}

// asked reports whether there is to be a page. It returns an error about flags without one.
func (p *pageFlags) asked() (bool, error) {
	if p.listen == "" && (p.http || p.redact || p.noBrowser) {
		return false, usage("--web-http, --web-redact and --web-no-browser go with --web")
	}
	return p.listen != "", nil
}

// open listens, and prints the link. Passwords are shown on this machine only.
func (p *pageFlags) open(ctx context.Context, e *env, showsSecrets bool, log *slog.Logger) (*door.Door, error) {
	return p.openTo(ctx, e, door.Options{Out: e.out}, showsSecrets, log)
}

// openTo is open with another place for the link.
func (p *pageFlags) openTo(ctx context.Context, e *env, o door.Options, showsSecrets bool, log *slog.Logger) (*door.Door, error) {
	o.Listen, o.HTTP, o.Certificate, o.Err, o.Log = p.listen, p.http, sharedCertificate, e.err, log
	if showsSecrets {
		o.Private = "--show-secrets is for this machine only; omit it, or listen on 127.0.0.1"
	}
	if print.IsTerminal(e.tty) {
		o.Terminal = e.tty
		_, o.Mono = os.LookupEnv("NO_COLOR")
	}
	if !p.noBrowser && print.IsTerminal(e.out) {
		o.Browse = door.Desktop()
	}
	return door.Open(ctx, o)
}

// sharedCertificate returns a certificate for hosts, of the user's CA.
func sharedCertificate(hosts []string) (*ctls.Certificate, error) {
	dir, err := tls.DefaultCADir()
	if err != nil {
		return nil, err
	}
	ca, err := tls.LoadOrCreateCA(dir)
	if err != nil {
		return nil, fmt.Errorf("%w (imapscope ca --new)", err)
	}
	return ca.Shared(hosts)
}

// source returns what the page says that it shows. Names of files and servers can be persons'.
func (p *pageFlags) source(name string) string {
	if p.redact {
		return "without names"
	}
	return name
}

// sink returns what to report the facts to, so that to receives them without persons if the
// flags ask for that.
func (p *pageFlags) sink(to capture.Sink, dialect protocol.Dialect) (capture.Sink, error) {
	if !p.redact {
		return to, nil
	}
	return unnamed(to, dialect)
}

// unnamed returns a sink that reports to another one what it receives, with persons replaced
// under a key that is not kept.
func unnamed(to capture.Sink, dialect protocol.Dialect) (capture.Sink, error) {
	var key scrub.Key
	if _, err := rand.Read(key[:]); err != nil {
		return nil, err
	}
	s := scrub.New(to, key)
	s.Dialect = dialect
	return decode.NewOpened(decode.Options{Dialect: dialect}, s), nil
}

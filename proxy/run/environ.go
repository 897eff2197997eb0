package run

import (
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// bundleVars are the variables that name a file of all CA certificates to trust. One that is
// set already is read, and its certificates are kept.
var bundleVars = []string{
	"SSL_CERT_FILE",        // OpenSSL and what uses it (Python, Ruby, mbsync, mutt), Go
	"CURL_CA_BUNDLE",       // curl
	"REQUESTS_CA_BUNDLE",   // Python's requests
	"GIT_SSL_CAINFO",       // git
	"PERL_LWP_SSL_CA_FILE", // Perl
}

// moreVars are the variables that name a file of CA certificates to trust besides others.
var moreVars = []string{
	"NODE_EXTRA_CA_CERTS", // Node.js
	"DENO_CERT",           // Deno
}

// Variables with other values.
const (
	keysVar = "SSLKEYLOGFILE"     // OpenSSL in curl, Python, NSS (Firefox, Thunderbird), GnuTLS
	javaVar = "JAVA_TOOL_OPTIONS" // Java

	addrVar, hostVar, portVar = "IMAPSCOPE_ADDR", "IMAPSCOPE_HOST", "IMAPSCOPE_PORT"
)

// systemBundles are where systems keep their CA certificates in one file.
var systemBundles = []string{
	"/etc/ssl/certs/ca-certificates.crt", // Debian, Arch
	"/etc/pki/tls/certs/ca-bundle.crt",   // Fedora
	"/etc/ssl/ca-bundle.pem",             // openSUSE
	"/etc/ssl/cert.pem",                  // Alpine, BSD, macOS
}

// environ returns the environment of the program: that of this process, with the variables
// that dir's files are for. ca is the PEM file of the proxy's CA; if it is empty, TLS is not
// broken, and only the keys are logged.
func environ(dir, ca, keys string, own []string) ([]string, error) {
	env := environment(own)
	if env.get(keysVar) == "" {
		env.set(keysVar, keys)
	}
	if ca == "" {
		return env, nil
	}
	ours, err := os.ReadFile(ca)
	if err != nil {
		return nil, fmt.Errorf("reading the proxy's CA: %w", err)
	}
	all := append(append(systemBundle(), '\n'), ours...)
	usual := filepath.Join(dir, "ca-bundle.pem")
	if err := os.WriteFile(usual, all, 0o600); err != nil {
		return nil, err
	}
	for _, name := range bundleVars {
		file := usual
		if had := env.get(name); had != "" {
			if file, err = extended(dir, name, had, ours); err != nil {
				return nil, err
			}
		}
		env.set(name, file)
	}
	for _, name := range moreVars {
		file := ca
		if had := env.get(name); had != "" {
			if file, err = extended(dir, name, had, ours); err != nil {
				return nil, err
			}
		}
		env.set(name, file)
	}
	store := filepath.Join(dir, "truststore.jks")
	if err := os.WriteFile(store, trustStore(certificates(all)), 0o600); err != nil {
		return nil, err
	}
	java := "-Djavax.net.ssl.trustStore=" + store + " -Djavax.net.ssl.trustStoreType=jks -Djavax.net.ssl.trustStorePassword=" + storePassword
	env.set(javaVar, strings.TrimSpace(env.get(javaVar)+" "+java))
	return env, nil
}

// extended writes a copy of a file that a variable names, with our certificate added.
func extended(dir, name, had string, ours []byte) (file string, err error) {
	theirs, err := os.ReadFile(had)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	file = filepath.Join(dir, strings.ToLower(name)+".pem")
	return file, os.WriteFile(file, append(append(theirs, '\n'), ours...), 0o600)
}

// pointed returns env and args for a program that connects to addr itself: {} is the address.
func pointed(env environment, args []string, addr string) (environment, []string) {
	host, port, _ := net.SplitHostPort(addr)
	env.set(addrVar, addr)
	env.set(hostVar, host)
	env.set(portVar, port)
	given := make([]string, len(args))
	for i, a := range args {
		given[i] = strings.NewReplacer("{}", addr, "{host}", host, "{port}", port).Replace(a)
	}
	return env, given
}

// systemBundle returns the CA certificates of the system, if they are in a file.
func systemBundle() []byte {
	for _, name := range systemBundles {
		if b, err := os.ReadFile(name); err == nil {
			return b
		}
	}
	return nil
}

// certificates returns the certificates of a PEM file, in DER.
func certificates(bundle []byte) (ders [][]byte) {
	for {
		var b *pem.Block
		if b, bundle = pem.Decode(bundle); b == nil {
			return ders
		}
		if b.Type == "CERTIFICATE" {
			ders = append(ders, b.Bytes)
		}
	}
}

// environment is a list of NAME=value; of the same name the last one counts.
type environment []string

func (e environment) get(name string) string {
	for i := len(e) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(e[i], name+"="); ok {
			return v
		}
	}
	return ""
}

func (e *environment) set(name, value string) {
	kept := (*e)[:0:0]
	for _, v := range *e {
		if !strings.HasPrefix(v, name+"=") {
			kept = append(kept, v)
		}
	}
	*e = append(kept, name+"="+value)
}

package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/nats-io/nkeys"

	"imapscope/capture/hub"
	"imapscope/capture/outfile"
)

// The files with credentials in a store.
const (
	accessFile = "access.json"
	credsDir   = "creds"
)

// maxAccess is the greatest size of the file with the users, in bytes.
const maxAccess = 64 << 20

// Access says who may connect to a hub, and under which names it is reached.
type Access struct {
	Hosts []string `json:"hosts"` // of the certificate, beside those of loopback
	Users []User   `json:"users"`
}

// ReadAccess reads who may connect to the hub with a store. It fails with fs.ErrNotExist if no
// one has been given a credential.
func ReadAccess(store string) (*Access, error) {
	name := filepath.Join(store, accessFile)
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxAccess+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxAccess {
		return nil, fmt.Errorf("%s: it has more than %d bytes", name, maxAccess)
	}
	var a Access
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, u := range a.Users {
		if err := u.check(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return &a, nil
}

// readOrBegin is ReadAccess, but where there is none, it returns an empty one.
func readOrBegin(store string) (*Access, error) {
	a, err := ReadAccess(store)
	if errors.Is(err, fs.ErrNotExist) {
		return &Access{}, nil
	}
	return a, err
}

// write stores who may connect.
func (a *Access) write(store string) error {
	text, err := json.MarshalIndent(a, "", "\t")
	if err != nil {
		return err
	}
	f, err := outfile.Create(filepath.Join(store, accessFile), outfile.Options{Replace: true})
	if err != nil {
		return err
	}
	defer f.Discard() //nolint:errcheck // nothing is left to remove after Commit
	if _, err := f.Write(append(text, '\n')); err != nil {
		return err
	}
	return f.Commit()
}

// A Grant is a credential that Init was asked for.
type Grant struct {
	User
	File string
	New  bool // it was made now; else the user has had it
}

// Init gives a credential to each of some sensors, to readers and to workers, in files below
// the store: the private key, and the certificate of the CA (PEM). A user who has one keeps it,
// and no file is replaced. hosts are added to those of the certificate.
func Init(store string, ca []byte, sensors, hosts []string) ([]Grant, error) {
	wanted := []User{{Role: Reader}, {Role: Workers}}
	for _, name := range sensors {
		if err := checkSensor(name); err != nil {
			return nil, err
		}
		wanted = append(wanted, User{Role: Sensor, Name: name})
	}
	dir := filepath.Join(store, credsDir)
	for _, d := range []string{store, dir} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, err
		}
		if err := os.Chmod(d, 0o700); err != nil {
			return nil, err
		}
	}
	a, err := readOrBegin(store)
	if err != nil {
		return nil, err
	}
	for _, h := range hosts {
		if !slices.Contains(a.Hosts, h) {
			a.Hosts = append(a.Hosts, h)
		}
	}
	known := make(map[string]bool, len(a.Users))
	for _, u := range a.Users {
		known[u.file()] = true
	}
	var grants []Grant
	for _, u := range wanted {
		g := Grant{User: u, File: filepath.Join(dir, u.file()), New: !known[u.file()]}
		if g.New {
			if g.Key, err = makeCreds(g.File, ca); err != nil {
				return nil, err
			}
			a.Users, known[u.file()] = append(a.Users, g.User), true
		}
		grants = append(grants, g)
	}
	return grants, a.write(store)
}

// makeCreds writes a credentials file with a new private key, and returns the public one. A
// file that exists was written by an Init that did not end, and its key is used.
func makeCreds(name string, ca []byte) (public string, err error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return "", err
	}
	seed, err := pair.Seed()
	if err != nil {
		return "", err
	}
	f, err := outfile.Create(name, outfile.Options{})
	if errors.Is(err, fs.ErrExist) {
		return hub.PublicKey(name)
	}
	if err != nil {
		return "", err
	}
	defer f.Discard() //nolint:errcheck // nothing is left to remove after Commit
	// The seed comes first: nkeys looks for a line that begins as a seed does, which a line of
	// the certificate may do as well.
	if _, err := fmt.Fprintf(f, "-----BEGIN USER NKEY SEED-----\n%s\n------END USER NKEY SEED------\n\n%s", seed, ca); err != nil {
		return "", err
	}
	if err := f.Commit(); err != nil {
		return "", err
	}
	return pair.PublicKey()
}

// Revoke takes the credential of a sensor, or of "reader" or "workers", and deletes its file. A
// hub that runs ends its connections.
func Revoke(store, name string) error {
	a, err := ReadAccess(store)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(a.Users, func(u User) bool { return u.is(name) })
	if i < 0 {
		return fmt.Errorf("no credential with the name %q in %s", name, store)
	}
	file := filepath.Join(store, credsDir, a.Users[i].file())
	a.Users = slices.Delete(a.Users, i, i+1)
	if err := a.write(store); err != nil {
		return err
	}
	if err := os.Remove(file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// ReaderCreds returns the name of the file with the credential of readers in a store.
func ReaderCreds(store string) string {
	return filepath.Join(store, credsDir, User{Role: Reader}.file())
}

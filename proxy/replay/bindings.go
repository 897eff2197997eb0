package replay

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// ParseBindings parses lists of name=value pairs, separated by commas:
//
//	user=fred,password=secret
//	token=ya29.abc
//	mailbox:INBOX=test
//
// The names are user, password, token, mailbox, and mailbox:OLD for the mailbox named OLD in
// the recording. A value may contain a comma unless a name and "=" follow it.
func ParseBindings(lists []string) (Bindings, error) {
	b := Bindings{Mailboxes: make(map[string]string)}
	for _, list := range lists {
		for _, pair := range splitPairs(list) {
			if err := b.set(pair); err != nil {
				return b, err
			}
		}
	}
	return b, nil
}

func (b *Bindings) set(pair string) error {
	name, value, ok := strings.Cut(pair, "=")
	old, isMailbox := strings.CutPrefix(name, "mailbox:")
	switch {
	case !ok || value == "":
		return fmt.Errorf("%s: want name=value, as in user=fred,password=secret", name)
	case name == "user":
		b.User = value
	case name == "password":
		b.Password = value
	case name == "token":
		b.Token = value
	case name == "mailbox":
		b.Mailbox = value
	case isMailbox:
		b.Mailboxes[old] = value
	default:
		return fmt.Errorf("unknown name %s: want user, password, token, mailbox or mailbox:OLD", name)
	}
	return nil
}

// splitPairs splits a list at those commas that are followed by a known name: a password
// may contain a comma.
func splitPairs(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		name, _, ok := strings.Cut(part, "=")
		known := ok && (slices.Contains([]string{"user", "password", "token", "mailbox"}, name) || strings.HasPrefix(name, "mailbox:"))
		if len(out) > 0 && !known {
			out[len(out)-1] += "," + part
			continue
		}
		out = append(out, part)
	}
	return out
}

// ReadUsersFile reads the users in a file, as readUsers does; without a name there are
// none.
func ReadUsersFile(name string) ([]Bindings, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	users, err := readUsers(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return users, nil
}

// readUsers reads the users of a load test: CSV lines of user and password, and comments
// that begin with "#".
func readUsers(r io.Reader) ([]Bindings, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord = 2
	in.Comment = '#'
	var out []Bindings
	for {
		rec, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w; want lines of user,password", err)
		}
		out = append(out, Bindings{User: rec[0], Password: rec[1]})
	}
	if len(out) == 0 {
		return nil, errors.New("no users; want lines of user,password")
	}
	return out, nil
}

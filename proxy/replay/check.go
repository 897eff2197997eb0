package replay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"imapscope/decode/protocol"
	"imapscope/decode/script"
)

// Why a recording cannot be played, as Check reports it.
var (
	// ErrMasked means that the recorded passwords are masked and Bindings sets none.
	ErrMasked = errors.New("the recording's passwords are masked")
	// ErrMaskedUser means that the recorded SASL responses are masked and Bindings does not set
	// both a user and a password.
	ErrMaskedUser = errors.New("the recording's user names and passwords are masked")
	// ErrChallenge means that a recorded answer to a CRAM-MD5 challenge cannot be reused.
	ErrChallenge = errors.New("the recording logs in with CRAM-MD5, whose answer is different each time")
	// ErrMidStream means that no session's beginning was recorded and Player.Login is not set.
	ErrMidStream = errors.New("the recording begins in the middle of its sessions")
	// ErrNoPassword means that Player.Login is set and Bindings sets no password.
	ErrNoPassword = errors.New("a login needs a password")
)

// A NothingError is why nothing of a recording can be played: it is TLS without keys, for
// example.
type NothingError string

func (e NothingError) Error() string { return "nothing of the recording can be played: " + string(e) }

// MechanismError reports a SASL mechanism whose answers differ each time, so the login
// cannot be replayed.
type MechanismError string

func (e MechanismError) Error() string {
	return fmt.Sprintf("the recording logs in with %s, which cannot be replayed: its answers differ each time", string(e))
}

// Check returns an error if the player cannot log in as the recording did. If users is
// set, each client of a load has its own user name and password.
func (p *Player) Check(s *script.Script, users bool) error {
	if why := s.Nothing(); why != "" {
		return NothingError(why)
	}
	password := p.Set.Password != "" || users
	midStream := true
	for _, x := range s.Sessions {
		midStream = midStream && (x.Conn.MidStream || x.LeftOut != "")
		switch {
		case !users && (p.Set.User == "" || !password) && x.MaskedUser():
			return ErrMaskedUser
		case !password && x.MaskedPassword():
			return ErrMasked
		}
	}
	for _, x := range s.Sessions {
		if err := checkSASL(x, password); err != nil {
			return err
		}
	}
	switch {
	case midStream && !p.Login:
		return ErrMidStream
	case p.Login && p.Set.Password == "":
		return ErrNoPassword
	}
	return nil
}

// Local reports whether all addresses of a host:port are loopback addresses. A replay logs
// in, and changes and deletes mail.
func Local(ctx context.Context, address string) (bool, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false, err
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	remote := func(a netip.Addr) bool { return !a.Unmap().IsLoopback() }
	return err == nil && !slices.ContainsFunc(addrs, remote), err
}

// checkSASL returns an error if the SASL exchanges of a session cannot be replayed.
func checkSASL(x *script.Session, password bool) error {
	for _, y := range x.Exchanges[1:] {
		if !y.Row.TakesSASL() || !y.Done || protocol.StatusEffect(y.Status) != protocol.Succeeds {
			continue
		}
		switch m := y.Mechanism(); m {
		case protocol.MechanismPlain, protocol.MechanismLogin, protocol.MechanismAnonymous, protocol.MechanismExternal:
		case protocol.MechanismCRAMMD5:
			if !password {
				return ErrChallenge
			}
		default:
			return MechanismError(m)
		}
	}
	return nil
}

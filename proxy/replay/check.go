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
	// ErrChallenge means that a recorded answer to a challenge cannot be reused, and that Bindings
	// sets no password to compute another one.
	ErrChallenge = errors.New("its answers differ each time")
	// ErrMaskedToken means that the recorded token is masked and Bindings sets none.
	ErrMaskedToken = errors.New("the recording's token is masked")
	// ErrNoToken means that Bindings sets a token and no session logs in with one.
	ErrNoToken = errors.New("no login of the recording has a token")
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
	tokens := false
	for _, x := range s.Sessions {
		token, err := p.checkSASL(x, password)
		if err != nil {
			return err
		}
		tokens = tokens || token
	}
	switch {
	case p.Set.Token != "" && !tokens:
		return ErrNoToken
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

// checkSASL returns an error if the SASL exchanges of a session cannot be replayed, and whether
// one of them sends a token.
func (p *Player) checkSASL(x *script.Session, password bool) (token bool, err error) {
	for _, y := range x.Exchanges[1:] {
		sends, err := p.checkExchange(y, password)
		if token = token || sends; err != nil {
			return token, err
		}
	}
	return token, nil
}

// checkExchange is checkSASL for one exchange.
func (p *Player) checkExchange(y *script.Exchange, password bool) (token bool, err error) {
	if !y.Row.TakesSASL() || !y.Done || protocol.StatusEffect(y.Status) != protocol.Succeeds {
		return false, nil
	}
	switch m := y.Mechanism(); m {
	case protocol.MechanismPlain, protocol.MechanismLogin, protocol.MechanismAnonymous, protocol.MechanismExternal:
	case protocol.MechanismXOAUTH2, protocol.MechanismBearer:
		if y.Masked() && p.Set.Token == "" {
			return true, ErrMaskedToken
		}
		return true, nil
	default:
		_, computed := scramHashes[m]
		switch computed = computed || m == protocol.MechanismCRAMMD5; {
		case !computed:
			return false, MechanismError(m)
		case !password:
			return false, fmt.Errorf("the recording logs in with %s: %w", m, ErrChallenge)
		}
	}
	return false, nil
}

package hub

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"imapscope/capture"
)

// Stream is the name of the JetStream stream that holds what sensors publish.
const Stream = "IMAPSCOPE"

// Subjects is what the stream holds: the subjects of all sensors.
const Subjects = prefix + ">"

const prefix = "imapscope."

// MaxName is the greatest length of a sensor's name, in bytes.
const MaxName = 128

// Identity identifies a connection among those of all sensors and their runs.
type Identity struct {
	Sensor string
	Run    string // of lower-case letters and digits
	Conn   capture.ConnID
}

// Subject returns the subject of the messages about the connection.
func (i Identity) Subject() string {
	return prefix + Token(i.Sensor) + "." + i.Run + "-" + strconv.FormatUint(uint64(i.Conn), 10)
}

// SensorSubjects returns the subjects of a sensor.
func SensorSubjects(sensor string) string { return prefix + Token(sensor) + ".>" }

// InboxPrefix returns the prefix of the subjects at which a sensor receives acknowledgements. A
// sensor's credential lets it subscribe to nothing else.
func InboxPrefix(sensor string) string { return "_INBOX." + Token(sensor) }

// ReaderInbox is the prefix of the subjects at which readers receive. No sensor's InboxPrefix is
// below it, nor the other way round.
const ReaderInbox = "_INBOX_READERS"

// errSubject is the error about a subject that Identity.Subject does not return.
var errSubject = errors.New("not the subject of a connection")

// parseSubject is the inverse of Identity.Subject.
func parseSubject(subject string) (Identity, error) {
	rest, ok := strings.CutPrefix(subject, prefix)
	token, conn, found := strings.Cut(rest, ".")
	run, number, dash := strings.Cut(conn, "-")
	if !ok || !found || !dash || !validRun(run) {
		return Identity{}, errSubject
	}
	sensor, err := parseToken(token)
	if err != nil {
		return Identity{}, err
	}
	n, err := strconv.ParseUint(number, 10, 64)
	i := Identity{Sensor: sensor, Run: run, Conn: capture.ConnID(n)}
	if err != nil || n == 0 || i.Subject() != subject {
		return Identity{}, errSubject
	}
	return i, nil
}

// validRun reports whether s is a run: 1 to 32 lower-case letters and digits.
func validRun(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && len(s) <= 32
}

// CheckName returns an error if a sensor cannot have this name.
func CheckName(sensor string) error {
	switch {
	case sensor == "":
		return errors.New("a sensor needs a name")
	case len(sensor) > MaxName:
		return fmt.Errorf("the name of a sensor has at most %d bytes, not %d", MaxName, len(sensor))
	}
	return nil
}

// Token returns a sensor's name as one token of a subject: letters, digits, "-" and "_" are
// themselves, and every other byte is "=" and two hexadecimal digits.
func Token(sensor string) string {
	var b strings.Builder
	for i := range len(sensor) {
		if c := sensor[i]; plain(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return b.String()
}

// parseToken is the inverse of Token. A name has one token only.
func parseToken(token string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(token); i++ {
		if token[i] != '=' {
			b.WriteByte(token[i])
			continue
		}
		c, err := strconv.ParseUint(token[i+1:min(i+3, len(token))], 16, 8)
		if err != nil {
			return "", errSubject
		}
		b.WriteByte(byte(c))
		i += 2
	}
	sensor := b.String()
	if Token(sensor) != token || CheckName(sensor) != nil {
		return "", errSubject
	}
	return sensor, nil
}

func plain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

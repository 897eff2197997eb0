package server

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nkeys"

	"imapscope/capture/hub"
)

// A Role says what a user may do.
type Role string

// The roles of users.
const (
	Sensor  Role = "sensor"  // publish under its own name
	Reader  Role = "reader"  // read what all sensors publish
	Workers Role = "workers" // share the work of imapscope scan
)

// A User is someone who may connect.
type User struct {
	Role Role   `json:"role"`
	Name string `json:"name,omitempty"` // of a sensor
	Key  string `json:"key"`            // the public NKey
}

// check returns an error if this is no user: the file that it is from may have been edited.
func (u User) check() error {
	switch {
	case !nkeys.IsValidPublicUserKey(u.Key):
		return fmt.Errorf("%q is not the public key of a user", u.Key)
	case u.Role == Sensor:
		return checkSensor(u.Name)
	case u.Role != Reader && u.Role != Workers:
		return fmt.Errorf("unknown role %q", u.Role)
	case u.Name != "":
		return fmt.Errorf("a user with the role %s has no name", u.Role)
	}
	return nil
}

// checkSensor returns an error if no sensor of a hub with credentials can have this name.
func checkSensor(name string) error {
	if name == string(Reader) || name == string(Workers) {
		return errors.New("reader and workers are the names of other credentials")
	}
	return hub.CheckName(name)
}

// is reports whether a name is that of the user: the sensor's, or the role's.
func (u User) is(name string) bool {
	if u.Role == Sensor {
		return u.Name == name
	}
	return string(u.Role) == name
}

// file returns the name of the file with the user's credential.
func (u User) file() string {
	if u.Role == Sensor {
		return "sensor-" + hub.Token(u.Name) + ".creds"
	}
	return string(u.Role) + ".creds"
}

// permissions returns what the user may publish and subscribe to.
func (u User) permissions() permissions {
	switch u.Role {
	case Sensor:
		own := strings.TrimSuffix(hub.SensorSubjects(u.Name), ">") + "*"
		return permissions{Publish: []string{own}, Subscribe: []string{hub.InboxPrefix(u.Name) + ".>"}}
	case Reader:
		return permissions{Publish: reading(hub.Stream), Subscribe: []string{hub.ReaderInbox + ".>"}}
	}
	return permissions{
		Publish:   append(reading(hub.WorkStream), hub.WorkSubjects, managing(hub.WorkStream)),
		Subscribe: []string{"_INBOX.>", hub.WorkSubjects},
	}
}

// reading returns the subjects to publish to for reading a stream: its state, its messages and
// consumers. None of them changes the stream.
func reading(stream string) []string {
	out := []string{"$JS.ACK." + stream + ".>", "$JS.FC." + stream + ".>"}
	for _, s := range []string{
		"STREAM.INFO.%", "STREAM.MSG.GET.%", "CONSUMER.CREATE.%", "CONSUMER.CREATE.%.>", "CONSUMER.DURABLE.CREATE.%.*",
		"CONSUMER.INFO.%.*", "CONSUMER.LIST.%", "CONSUMER.NAMES.%", "CONSUMER.DELETE.%.*", "CONSUMER.MSG.NEXT.%.*",
	} {
		out = append(out, "$JS.API."+strings.Replace(s, "%", stream, 1))
	}
	return out
}

// managing returns the subjects to publish to for creating, changing, emptying and deleting a stream.
func managing(stream string) string { return "$JS.API.STREAM.*." + stream }

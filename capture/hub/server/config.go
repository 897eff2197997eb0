package server

import (
	"encoding/json"
	"strings"
)

// The accounts of a hub with authentication. What is sent in one is not seen in the other,
// regardless of permissions: consumers and replies can have the server send messages to
// subjects that their users may not publish to.
const (
	sensorAccount = "SENSORS"
	workAccount   = "WORK"
)

const (
	// workBytes bounds the streams of imapscope scan.
	workBytes = 1 << 30
	// maxConsumers bounds the consumers of an account: each reader is one.
	maxConsumers = 1 << 10
)

// config is a configuration of nats-server, whose syntax includes JSON's.
type config struct {
	Accounts map[string]account `json:"accounts"`
}

type account struct {
	JetStream quota  `json:"jetstream"`
	Users     []user `json:"users"`
}

type quota struct {
	Memory    int64 `json:"max_mem"`
	Store     int64 `json:"max_file"` // -1: that of the server
	Streams   int   `json:"max_streams"`
	Consumers int   `json:"max_consumers"`
}

type user struct {
	Key         string       `json:"nkey"`
	Permissions *permissions `json:"permissions,omitempty"` // nil: anything
}

type permissions struct {
	Publish   []string `json:"publish"`
	Subscribe []string `json:"subscribe"`
}

// configText returns the accounts with their users, own with all rights among them, as
// nats-server reads them.
func configText(users []User, own string) (string, error) {
	sensors := account{JetStream: quota{Store: -1, Streams: 1, Consumers: maxConsumers}, Users: []user{{Key: own}}}
	work := account{JetStream: quota{Store: workBytes, Streams: 4, Consumers: maxConsumers}, Users: []user{}}
	for _, u := range users {
		p := u.permissions()
		entry := user{Key: u.Key, Permissions: &p}
		if u.Role == Workers {
			work.Users = append(work.Users, entry)
		} else {
			sensors.Users = append(sensors.Users, entry)
		}
	}
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false) // nats-server does not read \u
	err := enc.Encode(config{map[string]account{sensorAccount: sensors, workAccount: work}})
	return text.String(), err
}

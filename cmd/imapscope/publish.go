package main

import (
	"os"

	"github.com/spf13/pflag"

	"imapscope/ui/sensor"
)

// publishing holds the flags of publishing.
type publishing struct{ sensor sensor.Options }

func (p *publishing) flags(f *pflag.FlagSet) {
	o := &p.sensor
	f.StringVar(&o.URL, "publish", "", "publish what is seen to the hub at this `url`: nats://host:port?sensor=NAME&creds=FILE (imapscope help hub)")
	f.BoolVar(&o.Raw, "raw", false, "publish passwords, and TLS that was not opened, as they are")
	f.StringVar(&o.Spool, "spool", "", "a `folder` for what the hub has not acknowledged; what is left is published next time")
	f.Int64Var(&o.Bound, "spool-size", 0, "the most `bytes` that wait for the hub (default 268435456)")
}

// startSensor begins publishing, and returns nil if there is no --publish.
func (p *publishing) startSensor(e *env) (*sensor.Sensor, error) {
	o := p.sensor
	o.Name, _ = os.Hostname() // without it the URL has to name the sensor
	return sensor.Start(o, e.err)
}

// Command gen generates the recordings in samples from the scripts in samples/scripts.
//
//	go run ./samples/stage/gen [-check] [NAME…]
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"imapscope/capture/pcap"
	"imapscope/samples/server"
	"imapscope/samples/stage"
)

func main() {
	if err := run(); err != nil {
		for line := range strings.Lines(err.Error()) {
			fmt.Fprintln(os.Stderr, "gen:", strings.TrimRight(line, "\n"))
		}
		os.Exit(2)
	}
}

func run() error {
	dir := flag.String("samples", "samples", "the `folder` of the recordings, with scripts/ in it")
	check := flag.Bool("check", false, "write nothing: say which recordings are not what their scripts make")
	flag.Parse()
	return each(*dir, flag.Args(), func(name, file string, made []byte) error {
		old, err := os.ReadFile(file)
		switch {
		case err == nil && bytes.Equal(old, made):
			return nil
		case *check && err != nil:
			return err
		case *check:
			return fmt.Errorf("%s is not what its script makes: go run ./samples/stage/gen %s", file, name)
		}
		fmt.Println(file)
		return os.WriteFile(file, made, 0o644)
	})
}

// each plays the scripts of these names, all if there are none.
func each(dir string, names []string, do func(name, file string, made []byte) error) error {
	scripts, err := filepath.Glob(filepath.Join(dir, "scripts", "*.txt"))
	if err != nil || len(scripts) == 0 {
		return fmt.Errorf("there are no scripts in %s", filepath.Join(dir, "scripts"))
	}
	done := 0
	for _, path := range scripts {
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		if len(names) > 0 && !slices.Contains(names, name) {
			continue
		}
		done++
		text, readErr := os.ReadFile(path)
		if readErr != nil {
			return readErr
		}
		made, playErr := play(path, text)
		if playErr == nil {
			playErr = do(name, filepath.Join(dir, name+".pcapng"), made)
		}
		err = errors.Join(err, playErr)
	}
	if done < len(names) {
		err = errors.Join(err, fmt.Errorf("%d of these have no script: %s", len(names)-done, strings.Join(names, " ")))
	}
	return err
}

// play makes the recording of a script.
func play(path string, text []byte) ([]byte, error) {
	script, err := stage.Parse(filepath.ToSlash(path), text)
	if err != nil {
		return nil, err
	}
	mail, err := server.New(server.Options{})
	if err != nil {
		return nil, err
	}
	var made bytes.Buffer
	rec, err := pcap.NewRecorder(&made, pcap.RecorderOptions{Comment: script.About})
	if err != nil {
		return nil, err
	}
	s := stage.New(stage.Options{}, rec)
	if err = s.Add(mail, script); err == nil {
		err = s.Run()
	}
	return made.Bytes(), errors.Join(err, rec.Finish(s.Now()))
}

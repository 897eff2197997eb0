package server

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"imapscope/capture/hub"
)

// TestCredentialsAreTheirOwnersOnly checks the modes of files, and that none is replaced.
func TestCredentialsAreTheirOwnersOnly(t *testing.T) {
	store := filepath.Join(t.TempDir(), "hub")
	if _, err := Init(store, []byte("ca\n"), []string{"a"}, nil); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(store, credsDir, "sensor-a.creds"))
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		for name, want := range map[string]fs.FileMode{".": 0o700, credsDir: 0o700, accessFile: 0o600, "creds/sensor-a.creds": 0o600, "creds/reader.creds": 0o600, "creds/workers.creds": 0o600} {
			info, err := os.Stat(filepath.Join(store, name))
			if err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v, want %v", name, info.Mode(), err, want)
			}
		}
	}
	grants, err := Init(store, []byte("ca\n"), []string{"a", "ö/../x", "a"}, nil)
	if err != nil || len(grants) != 5 || grants[2].New || !grants[3].New || grants[4].New {
		t.Errorf("%+v, %v", grants, err)
	}
	if dir := filepath.Dir(grants[3].File); dir != filepath.Join(store, credsDir) {
		t.Errorf("a name leads to the folder %s", dir)
	}
	if after, err := os.ReadFile(filepath.Join(store, credsDir, "sensor-a.creds")); err != nil || string(after) != string(before) {
		t.Errorf("the file was replaced: %v", err)
	}
	if err := os.Remove(filepath.Join(store, accessFile)); err != nil { // as after a crash
		t.Fatal(err)
	}
	if grants, err = Init(store, []byte("ca\n"), []string{"a"}, nil); err != nil {
		t.Fatal(err)
	}
	if key, err := hub.PublicKey(grants[2].File); err != nil || key != grants[2].Key {
		t.Errorf("%v, %v, want the key in the file", key, err)
	}
	for _, name := range []string{"", "reader", "workers", strings.Repeat("x", hub.MaxName+1)} {
		if _, err := Init(store, nil, []string{name}, nil); err == nil {
			t.Errorf("a sensor has the name %q", name)
		}
	}
}

// TestEditedAccessIsChecked checks that the file with the users cannot smuggle in a configuration.
func TestEditedAccessIsChecked(t *testing.T) {
	for name, text := range map[string]string{
		"rubbish":      "x",
		"a key":        `{"users":[{"role":"reader","key":"x\", \"permissions\": \"y"}]}`,
		"a role":       `{"users":[{"role":"admin","key":"UAWRQFFZ6AQ65YLVQHXJ5DAN2KZMLSEI7SP4OEK6FU3YEG2DNULMD4MT"}]}`,
		"a named role": `{"users":[{"role":"reader","name":"x","key":"UAWRQFFZ6AQ65YLVQHXJ5DAN2KZMLSEI7SP4OEK6FU3YEG2DNULMD4MT"}]}`,
		"no name":      `{"users":[{"role":"sensor","key":"UAWRQFFZ6AQ65YLVQHXJ5DAN2KZMLSEI7SP4OEK6FU3YEG2DNULMD4MT"}]}`,
	} {
		store := t.TempDir()
		if err := os.WriteFile(filepath.Join(store, accessFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadAccess(store); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

package leaktest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Resources are what is in use at one moment.
type resources struct {
	goroutines map[string]bool // by number
	all        map[string]bool // everything else, in words
}

// look returns what is in use: descriptors, children, and, where the temporary folder dir is
// of this process alone, the files in it and every process that has it in its environment,
// such as one that outlived a child which started it.
func look(dir string) resources {
	alone := own(dir)
	now := resources{goroutines: numbers(), all: map[string]bool{}}
	now.add(descriptors())
	now.add(processes(func(parent int, env string) bool {
		return parent == os.Getpid() || alone && strings.Contains(env, dir)
	}))
	if alone {
		now.add(files(dir))
	}
	return now
}

func (r resources) add(all []string) {
	for _, what := range all {
		r.all[what] = true
	}
}

// since returns what is in use now and was not before.
func (r resources) since(before resources) (left []string) {
	for what := range r.all {
		if !before.all[what] {
			left = append(left, what)
		}
	}
	return left
}

// descriptors returns those of this process, without the poller's and the one that this
// takes itself.
func descriptors() (all []string) {
	const dir = "/proc/self/fd"
	open, _ := os.ReadDir(dir)
	for _, d := range open {
		to, err := os.Readlink(filepath.Join(dir, d.Name()))
		if err != nil || strings.HasPrefix(to, "/proc/") || strings.HasPrefix(to, "anon_inode:[event") {
			continue
		}
		all = append(all, fmt.Sprintf("descriptor %s: %s", d.Name(), to))
	}
	return all
}

// Left returns what is left of a program that ran with dir as its temporary folder: files
// in it, and processes that have it in their environment.
func Left(dir string) []string { return left(dir, patience) }

func left(dir string, wait time.Duration) []string {
	return await(wait, func() []string {
		return append(files(dir), processes(func(_ int, env string) bool { return strings.Contains(env, "="+dir+"\x00") })...)
	})
}

// files returns the files in a folder.
func files(dir string) (all []string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		all = append(all, "file "+filepath.Join(dir, e.Name()))
	}
	return all
}

// processes returns the other processes that ok accepts, by their parent and environment.
func processes(ok func(parent int, env string) bool) (all []string) {
	ids, _ := os.ReadDir("/proc")
	for _, id := range ids {
		pid, err := strconv.Atoi(id.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		stat, err := os.ReadFile(filepath.Join("/proc", id.Name(), "stat"))
		if err != nil {
			continue
		}
		env, _ := os.ReadFile(filepath.Join("/proc", id.Name(), "environ"))
		if name, parent := described(string(stat)); ok(parent, string(env)) {
			all = append(all, fmt.Sprintf("process %d %s", pid, name))
		}
	}
	return all
}

// described returns the name of a process and its parent, from the line of /proc/PID/stat:
// "12 (name) S 1 …".
func described(stat string) (name string, parent int) {
	end := strings.LastIndexByte(stat, ')')
	if end < 0 {
		return "", 0
	}
	_, name, _ = strings.Cut(stat[:end+1], " ")
	if fields := strings.Fields(stat[end+1:]); len(fields) > 1 {
		parent, _ = strconv.Atoi(fields[1])
	}
	return name, parent
}

// volumes provisions the PersistentVolumeClaims of a region on its node. Each is a file system of the size that was asked for, in a sparse
// file, which is mounted through a loop device: who fills it gets ENOSPC, as on a disk of EBS, and fills nothing else. Folders would need
// project quotas, which the file system of a machine rarely has, or somebody who measures them all the time and comes too late.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

const name = "tickets.example/node-volume"

type volumes struct{ root string }

func (v volumes) folder(volume string) string { return filepath.Join(v.root, volume) }
func (v volumes) image(volume string) string  { return filepath.Join(v.root, volume+".img") }

func run(program string, arguments ...string) error {
	if said, err := exec.Command(program, arguments...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w: %s", program, arguments, err, said)
	}
	return nil
}

// mounted tells whether a file system is mounted at a folder of root.
func (v volumes) mounted(folder string) (bool, error) {
	var here, above syscall.Stat_t
	if err := syscall.Stat(folder, &here); err != nil {
		return false, err
	}
	if err := syscall.Stat(v.root, &above); err != nil {
		return false, err
	}
	return here.Dev != above.Dev, nil
}

// create makes a volume, or what an interrupted attempt left of one anew.
func (v volumes) create(volume string, size int64) error {
	folder, image := v.folder(volume), v.image(volume)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	if done, err := v.mounted(folder); err != nil || done {
		return err
	}
	if err := os.RemoveAll(image); err != nil {
		return err
	}
	file, err := os.OpenFile(image, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = file.Truncate(size)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	// It lives as long as a run: no journal, nothing set aside for root, and inodes for small files.
	if err := run("mkfs.ext4", "-q", "-F", "-m", "0", "-i", "8192", "-O", "^has_journal", "-E", "lazy_itable_init=1,nodiscard", image); err != nil {
		return err
	}
	if err := run("mount", "-t", "ext4", "-o", "loop,noatime,nodev,nosuid", image, folder); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(folder, "lost+found")); err != nil {
		return err
	}
	// Steps of several users share it.
	return os.Chmod(folder, 0o777)
}

func (v volumes) remove(volume string) error {
	folder := v.folder(volume)
	if there, err := v.mounted(folder); err == nil && there {
		// Whoever still has it open keeps it until he ends; the loop device ends with the last.
		if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
			return err
		}
	}
	// Not all below it: if it were still mounted, that would be what somebody uses.
	if err := os.Remove(folder); err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.RemoveAll(v.image(volume))
}

func (v volumes) Provision(_ context.Context, o controller.ProvisionOptions) (*core.PersistentVolume, controller.ProvisioningState, error) {
	size := o.PVC.Spec.Resources.Requests[core.ResourceStorage]
	if err := v.create(o.PVName, size.Value()); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	return &core.PersistentVolume{
		ObjectMeta: meta.ObjectMeta{Name: o.PVName},
		Spec: core.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *o.StorageClass.ReclaimPolicy,
			AccessModes:                   o.PVC.Spec.AccessModes,
			Capacity:                      core.ResourceList{core.ResourceStorage: size},
			PersistentVolumeSource:        core.PersistentVolumeSource{HostPath: &core.HostPathVolumeSource{Path: v.folder(o.PVName)}},
		},
	}, controller.ProvisioningFinished, nil
}

func (v volumes) Delete(_ context.Context, volume *core.PersistentVolume) error {
	return v.remove(volume.Name)
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "kubeconfig of the cluster")
	root := flag.String("root", "", "folder of the node that the volumes are made in")
	flag.Parse()
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		log.Fatal(err)
	}
	// One worker behind client-go's default of five requests a second would delay a burst of runs by seconds.
	config.QPS, config.Burst = 50, 100
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	controller.NewProvisionController(ctx, client, name, volumes{*root}, controller.LeaderElection(false)).Run(ctx)
}

import numpy as np
import torch
from torch.utils.data import Dataset


class RandomCrops(Dataset):
    """Striped images, cropped at a random place each time they are read."""

    def __init__(self, length, crop, side=12):
        self.length = length
        self.crop = crop
        grid = np.indices((side, side)).astype(np.float32)
        self.images = [np.sin(grid[0]), np.sin(grid[1]), np.sin(grid[0] + grid[1])]

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        label = index % len(self.images)
        image = self.images[label]
        top, left = np.random.randint(0, image.shape[0] - self.crop + 1, size=2)
        crop = image[top : top + self.crop, left : left + self.crop]
        return torch.from_numpy(crop.copy())[None], label

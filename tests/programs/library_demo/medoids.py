"""k-medoids, on top of the starts of k-means."""
import numpy as np

from kmeans import kmeans


def kmedoids(points, k):
    """Returns the rows that are nearest to the centres of a k-means run."""
    _, centres = kmeans(points, k)
    return ((points[:, None] - centres[None]) ** 2).sum(axis=-1).argmin(axis=0)


def random_medoids(points, k):
    return np.random.choice(len(points), size=k, replace=False)

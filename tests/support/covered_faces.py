"""Faces that trackers complete although they are not there, of real pictures: behind a hand, in profile, turned."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.interpolate import LinearNDInterpolator

CHEEKS = [50, 280, 117, 346, 101, 330]
LIPS = [61, 291, 0, 17]
OUTER_CANTHI = 33, 263
SIDES = 234, 454
TOP, CHIN = 10, 152


def behind_hand(image: np.ndarray, points: np.ndarray, number: int) -> np.ndarray:
    """A hand of the skin's color, with fingers, over the mouth; it moves a little from one number to the next."""
    unit = float(np.linalg.norm(points[OUTER_CANTHI[0], :2] - points[OUTER_CANTHI[1], :2]))
    x, y = points[LIPS, :2].mean(axis=0) + unit * 0.05 * np.array([np.sin(number / 5), np.cos(number / 7)])
    at = np.clip(points[CHEEKS, :2].round().astype(int), 0, [image.shape[1] - 1, image.shape[0] - 1])
    skin = np.median(image[at[:, 1], at[:, 0]], axis=0)
    made = image.astype(np.float32)
    for finger in range(4):
        center = (x - 0.1 * unit, y + (finger - 1.5) * 0.22 * unit)
        mask = np.zeros(image.shape[:2], np.float32)
        box = (center, (1.5 * unit, 0.26 * unit), 8.0 * (finger - 1.5) - 12.0)
        cv2.ellipse(mask, box, 1.0, -1)
        inside = np.sqrt(
            np.clip(cv2.distanceTransform((mask > 0).astype(np.uint8), cv2.DIST_L2, 3) / (0.13 * unit), 0, 1)
        )
        shaded = skin * (0.72 + 0.3 * inside[..., None])  # round: darker at its edges
        made = np.where(mask[..., None] > 0, shaded, made)
    return np.clip(made, 0, 255).astype(np.uint8)


def in_profile(image: np.ndarray, points: np.ndarray, yaw_deg: float) -> np.ndarray:
    """The head turned by so much to its side: the face of the picture on a head without hair, drawn point by point."""
    height, width = image.shape[:2]
    hull = cv2.convexHull(points[:468, :2].round().astype(np.int32))
    mask = cv2.fillConvexPoly(np.zeros((height, width), np.uint8), hull, 1)
    rows, columns = np.nonzero(mask)
    depth = LinearNDInterpolator(points[:468, :2], points[:468, 2])(columns, rows)
    known = np.isfinite(depth)
    face = np.stack([columns[known], rows[known], depth[known]], axis=1)
    colors = image[rows[known], columns[known]].astype(np.float32)

    half = float(np.linalg.norm(points[SIDES[0]] - points[SIDES[1]])) / 2
    tall = float(np.linalg.norm(points[TOP, :2] - points[CHIN, :2]))
    middle = points[list(SIDES)].mean(axis=0) + np.array([0.0, -0.12 * tall, 0.43 * half])
    around = np.random.default_rng(0).normal(size=(120_000, 3))
    around /= np.linalg.norm(around, axis=1, keepdims=True)
    skull = middle + around * [1.03 * half, 0.62 * tall, 1.25 * half]
    skull = skull[skull[:, 1] < points[CHIN, 1] - 0.12 * tall]
    dark = np.median(colors, axis=0) * 0.6

    angle = np.radians(yaw_deg)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    cloud = (np.concatenate([face, skull]) - middle) @ turn.T + middle
    shown = np.concatenate([colors, np.tile(dark, (len(skull), 1))])
    at = cloud[:, :2].round().astype(int)
    inside = ((at >= 0) & (at < [width, height])).all(axis=1)
    order = np.flatnonzero(inside)[np.argsort(-cloud[inside, 2], kind="stable")]  # the nearest last
    made, hit = np.zeros_like(image), np.zeros((height, width), np.uint8)
    made[at[order, 1], at[order, 0]] = shown[order]
    hit[at[order, 1], at[order, 0]] = 1
    whole = cv2.morphologyEx(hit, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    filled = cv2.medianBlur(cv2.inpaint(made, whole - hit, 2, cv2.INPAINT_TELEA), 3)
    behind = np.full_like(image, (120, 130, 140))
    return np.where(whole[..., None] > 0, filled, behind)


def tilted(image: np.ndarray, clockwise_deg: float) -> np.ndarray:
    """The picture turned about its middle by any angle, in a square in which all of it has room."""
    height, width = image.shape[:2]
    side = int(np.hypot(height, width)) // 2 * 2
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -clockwise_deg, 1.0)
    turn[:, 2] += [(side - width) / 2, (side - height) / 2]
    return cv2.warpAffine(image, turn, (side, side), borderMode=cv2.BORDER_REPLICATE)

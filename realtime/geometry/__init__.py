"""Mathematics of the mesh: plain functions on arrays, with numpy alone."""

from realtime.geometry.alignment import Aligner
from realtime.geometry.canonical_face import canonical_face
from realtime.geometry.canonical_frame import CanonicalFrame
from realtime.geometry.decomposition import noise_squares, parts
from realtime.geometry.disagreement import disagreement
from realtime.geometry.identity import NeutralCollector, interquartile_mean
from realtime.geometry.plausibility import implausible, is_implausible, mouth_match
from realtime.geometry.pose import pose_angles, pose_from_rotation, pose_in, rotation_from_pose
from realtime.geometry.pose_response import PoseResponseCollector, identity_at, response_at
from realtime.geometry.regions import REGION_NAMES, region_means, region_of, regions
from realtime.geometry.residual import mean_distance, residual
from realtime.geometry.rest_measures import eye_aspect_ratio, lip_gap, smile_extent
from realtime.geometry.scores import GainSums, ScoreSums, gain_terms, pooled_r2_within, skill
from realtime.geometry.similarity import fit_similarity
from realtime.geometry.symmetry import asymmetry, mirror_pairs, mirrored, symmetric_part
from realtime.geometry.topology import (
    ANCHORS,
    INNER_LIPS,
    LEFT_EYE,
    LEFT_IRIS,
    N_MESH_VERTICES,
    RIGHT_EYE,
    RIGHT_IRIS,
    edges,
    features_contour,
    oval_contour,
    surface_triangles,
    triangles,
)
from realtime.geometry.validity import ValidityLimits, check_validity, mixed_with_pose
from realtime.geometry.variance import shares_of_variance

__all__ = [
    "ANCHORS",
    "INNER_LIPS",
    "LEFT_EYE",
    "LEFT_IRIS",
    "N_MESH_VERTICES",
    "REGION_NAMES",
    "RIGHT_EYE",
    "RIGHT_IRIS",
    "Aligner",
    "CanonicalFrame",
    "GainSums",
    "NeutralCollector",
    "PoseResponseCollector",
    "ScoreSums",
    "ValidityLimits",
    "asymmetry",
    "canonical_face",
    "check_validity",
    "disagreement",
    "edges",
    "eye_aspect_ratio",
    "features_contour",
    "fit_similarity",
    "gain_terms",
    "identity_at",
    "implausible",
    "interquartile_mean",
    "is_implausible",
    "lip_gap",
    "mean_distance",
    "mirror_pairs",
    "mirrored",
    "mixed_with_pose",
    "mouth_match",
    "noise_squares",
    "oval_contour",
    "parts",
    "pooled_r2_within",
    "pose_angles",
    "pose_from_rotation",
    "pose_in",
    "region_means",
    "region_of",
    "regions",
    "residual",
    "response_at",
    "rotation_from_pose",
    "shares_of_variance",
    "skill",
    "smile_extent",
    "surface_triangles",
    "symmetric_part",
    "triangles",
]

"""GroundingDINO and SAM with the fewest weights that they can have, all of them random."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

# Ids that GroundingDINO knows by number: they part the phrases.
SPECIAL = {
    0: "[PAD]",
    100: "[UNK]",
    101: "[CLS]",
    102: "[SEP]",
    103: "[MASK]",
    1012: ".",
    1029: "?",
}
WORDS = {200: "a", 201: "collar", 202: "red", 203: "ball"}


def tiny_tokenizer() -> Any:
    from transformers import BertTokenizer

    known = SPECIAL | WORDS
    words = [known.get(index, f"[unused{index}]") for index in range(1100)]
    return BertTokenizer(vocab={word: index for index, word in enumerate(words)})


def tiny_detector() -> Any:
    from transformers import (
        BertConfig,
        GroundingDinoConfig,
        GroundingDinoForObjectDetection,
        SwinConfig,
    )

    config = GroundingDinoConfig(
        backbone_config=SwinConfig(
            image_size=64,
            embed_dim=8,
            depths=[1, 1, 1, 1],
            num_heads=[1, 1, 2, 2],
            window_size=2,
            out_indices=[2, 3, 4],
        ),
        text_config=BertConfig(
            vocab_size=1100,
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            max_position_embeddings=64,
        ),
        num_queries=12,
        encoder_layers=1,
        decoder_layers=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        d_model=32,
        max_text_len=32,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return GroundingDinoForObjectDetection(config).eval()


def tiny_segmenter() -> Any:
    from transformers import (
        SamConfig,
        SamMaskDecoderConfig,
        SamModel,
        SamPromptEncoderConfig,
        SamVisionConfig,
    )

    config = SamConfig(
        vision_config=SamVisionConfig(
            hidden_size=16,
            output_channels=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            image_size=64,
            patch_size=8,
            window_size=2,
            global_attn_indexes=[0],
            num_pos_feats=8,
            mlp_dim=16,
        ),
        prompt_encoder_config=SamPromptEncoderConfig(
            hidden_size=16, image_size=64, patch_size=8, mask_input_channels=4
        ),
        mask_decoder_config=SamMaskDecoderConfig(
            hidden_size=16,
            mlp_dim=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            iou_head_hidden_dim=16,
        ),
    )
    with torch.random.fork_rng():
        model = SamModel(config)
    # Its own start is so close to zero that all masks would be the same, and these numbers are
    # some that give masks with an inside and an outside, which differ from box to box.
    generator = torch.Generator().manual_seed(4)
    for weight in model.parameters():
        weight.data.normal_(0, 0.7, generator=generator)
    return model.eval()


def saved(folder: Path, model: Any, *others: Any) -> Path:
    """Save a model and what goes with it, without the bars on the screen."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        for part in (model, *others):
            part.save_pretrained(folder)
    finally:
        logging.enable_progress_bar()
    return folder

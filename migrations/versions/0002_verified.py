"""what is verified before deciding"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('corrections',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('declaration_id', sa.BigInteger(), nullable=False),
    sa.Column('field', sa.Text(), nullable=False),
    sa.Column('old_value', sa.Text(), nullable=True),
    sa.Column('new_value', sa.Text(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('officer_id', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['declaration_id'], ['declarations.id'], name=op.f('fk_corrections_declaration_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_corrections_officer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_corrections'))
    )
    op.create_index(op.f('ix_corrections_declaration_id'), 'corrections', ['declaration_id'], unique=False)
    op.create_table('desk_scans',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('declaration_id', sa.BigInteger(), nullable=False),
    sa.Column('officer_id', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('read', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['declaration_id'], ['declarations.id'], name=op.f('fk_desk_scans_declaration_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_desk_scans_officer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_scans'))
    )
    op.create_index(op.f('ix_desk_scans_declaration_id'), 'desk_scans', ['declaration_id'], unique=False)
    op.create_table('photo_uploads',
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('declaration_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Enum('portrait', 'id_front', 'id_back', 'birth_certificate', name='photokind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('officer_id', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['declaration_id'], ['declarations.id'], name=op.f('fk_photo_uploads_declaration_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_photo_uploads_officer_id')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_photo_uploads'))
    )
    op.create_index(op.f('ix_photo_uploads_declaration_id'), 'photo_uploads', ['declaration_id'], unique=False)
    op.create_table('verifications',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('declaration_id', sa.BigInteger(), nullable=False),
    sa.Column('item', sa.Enum('name', 'id_number', 'birth_certificate', 'date_of_birth', 'bhxh_code', 'portrait', 'id_document', 'guardian', 'form01_signed', 'phone', name='item', native_enum=False, length=32), nullable=False),
    sa.Column('how', sa.Enum('scanned', 'seen', 'overridden', 'list', name='how', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('officer_id', sa.BigInteger(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lapsed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['declaration_id'], ['declarations.id'], name=op.f('fk_verifications_declaration_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_verifications_officer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_verifications'))
    )
    op.create_index('ix_verifications_declaration_id', 'verifications', ['declaration_id'], unique=False)
    op.create_index('uq_verifications_live', 'verifications', ['declaration_id', 'item'], unique=True, postgresql_where='lapsed_at IS NULL')
    op.add_column('notices', sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('notices', sa.Column('seen_by_id', sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f('fk_notices_seen_by_id'), 'notices', 'officers', ['seen_by_id'], ['id'])


def downgrade() -> None:
    op.drop_constraint(op.f('fk_notices_seen_by_id'), 'notices', type_='foreignkey')
    op.drop_column('notices', 'seen_by_id')
    op.drop_column('notices', 'seen_at')
    op.drop_index('uq_verifications_live', table_name='verifications', postgresql_where='lapsed_at IS NULL')
    op.drop_index('ix_verifications_declaration_id', table_name='verifications')
    op.drop_table('verifications')
    op.drop_index(op.f('ix_photo_uploads_declaration_id'), table_name='photo_uploads')
    op.drop_table('photo_uploads')
    op.drop_index(op.f('ix_desk_scans_declaration_id'), table_name='desk_scans')
    op.drop_table('desk_scans')
    op.drop_index(op.f('ix_corrections_declaration_id'), table_name='corrections')
    op.drop_table('corrections')
